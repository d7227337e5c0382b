// Whether a list is signed by whom it must be: by minisign, or by SSH.

/**
 * Why the file at `path` is not signed by `key` with `signature`; undefined where it is. The key is as `signed_by` has it:
 * a public key of minisign in base64, or kind and base64 of SSH; the signature is the text of a `.minisig`, or of what
 * `ssh-keygen -Y sign -n file` writes. Rejects where the file cannot be read.
 */
export async function signatureTrouble(_path: string, _key: string, _signature: string): Promise<string | undefined> {
  return 'signatures are not read yet';
}
