//! The file of the keys that seal secrets: one a line, 64 hexadecimal digits, the newest first.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

use anyhow::{Context, bail};
use app::random::Random;
use app::sealing::KeyBytes;

/// Reads the keys, the newest first.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<KeyBytes>> {
    let text = super::read(file)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys = lines.map(|line| {
        let mut key = [0; 32];
        hex::decode_to_slice(line, &mut key)
            .with_context(|| format!("{}: a key must be 64 hexadecimal digits", file.display()))?;
        Ok(key)
    });
    let keys: Vec<KeyBytes> = keys.collect::<anyhow::Result<_>>()?;
    if keys.is_empty() {
        bail!("{}: must be 64 hexadecimal digits", file.display());
    }
    Ok(keys)
}

/// Makes a new key.
pub(crate) fn make(random: &dyn Random) -> KeyBytes {
    let mut key = [0; 32];
    random.fill(&mut key);
    key
}

/// Keeps everybody else from changing the file until the lock is dropped.
pub(crate) fn lock(file: &Path) -> anyhow::Result<File> {
    // Not the file itself, which is replaced.
    let folder = File::open(folder(file)).context("the folder of the key file cannot be opened")?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(std::fs::TryLockError::WouldBlock) => bail!("another rotation is under way"),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).context("the folder of the key file cannot be locked")
        }
    }
}

/// Puts a key before those that are there. The file is replaced in one step, and keeps its owner and permissions.
pub(crate) fn add(file: &Path, key: &KeyBytes) -> anyhow::Result<()> {
    let before = read(file)?;
    if before.first() == Some(key) {
        return Ok(());
    }
    if before.contains(key) {
        bail!("the key is one of the older ones");
    }
    let keys = std::iter::once(key).chain(&before);
    let text: String = keys.map(|key| hex::encode(key) + "\n").collect();
    let draft = file.with_extension(format!("{}.draft", std::process::id()));
    let replaced = write(&draft, text.as_bytes(), file)
        .and_then(|()| std::fs::rename(&draft, file))
        .and_then(|()| File::open(folder(file))?.sync_all());
    if replaced.is_err() {
        // It may not be there, and holds nothing that anybody needs.
        let _ = std::fs::remove_file(&draft);
    }
    Ok(replaced?)
}

fn write(draft: &Path, text: &[u8], like: &Path) -> std::io::Result<()> {
    let known = std::fs::metadata(like)?;
    let mut options = OpenOptions::new();
    let mut out = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    let owner = out.metadata()?;
    if (owner.uid(), owner.gid()) != (known.uid(), known.gid()) {
        fchown(&out, Some(known.uid()), Some(known.gid()))?;
    }
    out.set_permissions(known.permissions())?;
    out.write_all(text)?;
    out.sync_all()
}

fn folder(file: &Path) -> &Path {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_put_before_the_others_and_the_file_stays_whose_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sealing.key");
        std::fs::write(&file, hex::encode([1; 32])).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        for _ in 0..2 {
            add(&file, &[2; 32]).unwrap();
            assert_eq!(read(&file).unwrap(), [[2; 32], [1; 32]]);
        }
        assert!(
            add(&file, &[1; 32]).is_err(),
            "an older key does not come back"
        );
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_without_a_whole_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sealing.key");
        let key = "ab".repeat(32);
        for (text, count) in [
            (String::new(), None),
            ("\n".into(), None),
            ("abc".into(), None),
            (format!("{key}\nabc"), None),
            (format!("{key}00"), None),
            (key.clone(), Some(1)),
            (format!("{key}\n\n  {}\n", "cd".repeat(32)), Some(2)),
        ] {
            std::fs::write(&file, &text).unwrap();
            assert_eq!(read(&file).ok().map(|keys| keys.len()), count, "{text:?}");
        }
    }

    #[test]
    fn two_rotations_never_run_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sealing.key");
        let first = lock(&file).unwrap();
        assert!(lock(&file).is_err());
        drop(first);
        assert!(lock(&file).is_ok());
    }
}
