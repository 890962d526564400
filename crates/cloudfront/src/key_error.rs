//! What can be wrong with a key.

/// Why a text is not a usable key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no line that begins a PEM block.
    #[error("no PEM block found: the text must have a line -----BEGIN … KEY-----")]
    NoBlock,
    /// The line breaks were replaced by a backslash and an `n`, as some configuration files do.
    #[error("the PEM text has \\n where it should have line breaks")]
    EscapedLineBreaks,
    /// There is more than one PEM block.
    #[error("the text has several PEM blocks: give exactly one key")]
    SeveralBlocks,
    /// The block has no end, or its contents are not base64.
    #[error("the PEM block is cut off or is not base64")]
    Damaged,
    /// The key is protected by a passphrase.
    #[error("the key is encrypted: decrypt it first (openssl pkey -in key.pem -out plain.pem)")]
    Encrypted,
    /// A public key stands where the private key is needed.
    #[error("this is a public key: the private key is needed here")]
    PublicKeyGiven,
    /// A private key stands where the public key is needed.
    #[error("this is a private key: only the public key belongs here")]
    PrivateKeyGiven,
    /// A certificate stands where a key is needed.
    #[error("this is a certificate: a key is needed here")]
    CertificateGiven,
    /// The key is in OpenSSH's own format.
    #[error(
        "this key is in OpenSSH's format: convert a copy of it with ssh-keygen -p -m PKCS8 -f FILE"
    )]
    OpenSshKey,
    /// A PEM block of some other kind.
    #[error("this PEM block is not a key in PKCS#8, PKCS#1 or SEC1 form")]
    UnsupportedBlock,
    /// A key of another algorithm, such as Ed25519 or RSA-PSS.
    #[error("CloudFront takes only ECDSA P-256 and RSA-2048 keys, and this is another algorithm")]
    UnsupportedAlgorithm,
    /// An elliptic-curve key on another curve, or one whose curve is not named.
    #[error("the key is not on the curve P-256 (prime256v1)")]
    WrongCurve,
    /// An RSA key of another size.
    #[error("the RSA key has {bits} bits: CloudFront takes 2048")]
    WrongRsaSize {
        /// The modulus' size in bits.
        bits: usize,
    },
    /// The block holds no key, or one whose numbers do not fit together.
    #[error("the PEM block does not hold a sound key")]
    Invalid,
    /// A new key could not be made.
    #[error("a new key could not be made")]
    Generation,
}
