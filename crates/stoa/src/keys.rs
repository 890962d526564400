//! The keys: read from their files; those in the data folder are made at the first start, for the owner alone.

pub(crate) mod sealing;

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::Context;
use app::random::Random;
use app::sealing::SealingKey;
use cloudfront::{KeyPairId, PublicKey, SigningKey, Verifier, generate_p256_pem};

use crate::config::Configuration;

/// Loads the key that signs links, and writes its public half beside it for the CDN.
pub(crate) fn signing_key(config: &Configuration) -> anyhow::Result<SigningKey> {
    let file = &config.media_private_key_file;
    if !file.exists() && file.starts_with(&config.data) {
        write_new(file, generate_p256_pem()?.as_bytes())?;
    }
    let pem = read(file)?;
    let id = KeyPairId::parse(&config.media_key_id)?;
    let key = SigningKey::from_pem(id, &pem).with_context(|| format!("{}", file.display()))?;
    let public = &config.media_public_key_file;
    if !public.exists() && public.starts_with(&config.data) {
        write_new(public, key.public_key_pem().as_bytes())?;
    }
    Ok(key)
}

/// Makes what verifies links, from the public key alone.
pub(crate) fn verifier(config: &Configuration) -> anyhow::Result<Verifier> {
    let file = &config.media_public_key_file;
    let key = PublicKey::from_pem(&read(file)?).with_context(|| format!("{}", file.display()))?;
    let sha1 = if config.edge_accepts_sha1 {
        cloudfront::Sha1::Accept
    } else {
        cloudfront::Sha1::Refuse
    };
    Ok(Verifier::new([(KeyPairId::parse(&config.media_key_id)?, key)]).accept_sha1(sha1))
}

/// Loads the keys that seal secrets; a running process reads them anew when another has added one.
pub(crate) fn sealing_key(
    config: &Configuration,
    random: &dyn Random,
) -> anyhow::Result<SealingKey> {
    let file = &config.sealing_key_file;
    if !file.exists() && file.starts_with(&config.data) {
        write_new(file, hex::encode(sealing::make(random)).as_bytes())?;
    }
    let keys = SealingKey::of(&sealing::read(file)?)?;
    let file = file.clone();
    Ok(keys.reading_anew(Box::new(move || sealing::read(&file).ok())))
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Makes a folder that only its owner can enter; one that is there stays as it is.
pub(crate) fn make_private_folder(folder: &Path) -> anyhow::Result<()> {
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made.with_context(|| format!("cannot make {}", folder.display()))
}

/// Writes a new file that only its owner can read; whole, or not at all.
fn write_new(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        make_private_folder(folder)?;
    }
    let write = || -> std::io::Result<()> {
        let draft = file.with_extension(format!("{}.draft", std::process::id()));
        let mut options = std::fs::OpenOptions::new();
        let mut out = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        out.write_all(content)?;
        out.sync_all()?;
        // Of several processes that start at once, one makes the key and all use it.
        let linked = std::fs::hard_link(&draft, file);
        std::fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_file_is_written_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys/sealing.key");
        write_new(&file, b"first").unwrap();
        write_new(&file, b"second").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "first");
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            std::fs::read_dir(folder.path().join("keys"))
                .unwrap()
                .count(),
            1
        );
    }
}
