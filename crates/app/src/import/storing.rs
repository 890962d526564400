//! Storing what the catalogue does not have: every file that is new or changed becomes an object.

use std::io::Read;
use std::path::Path;

use aws_lc_rs::digest;
use domain::{FileId, VideoId};
use objects::Metadata;
use storage::courses::Course;
use storage::files::{self, File, StoredFile};
use storage::modules::{self, Module};
use storage::videos::{self, Video, VideoFile};
use storage::{Reader, StorageError};

use crate::App;
use crate::contents::{media_type, video_metadata};
use crate::import::{Checked, CheckedCourse, ImportError, ImportStep, OnStep};

/// A course whose new files are stored; what is there already carries its own id.
pub(super) struct Stored {
    pub(super) title: String,
    pub(super) slug: String,
    pub(super) description: String,
    pub(super) cover_key: Option<String>,
    pub(super) modules: Vec<StoredModule>,
    pub(super) files: Vec<(String, Item<FileId, StoredFile>)>,
}

/// A module and its videos by title.
pub(super) struct StoredModule {
    pub(super) title: String,
    pub(super) videos: Vec<(String, Item<VideoId, VideoFile>)>,
}

/// One video or file, against what the catalogue has under its title.
pub(super) enum Item<Id, Content> {
    New(Content),
    Changed(Id, Content),
    Same(Id),
}

impl<Id, Content> Item<Id, Content> {
    fn of(twin: Option<Id>, content: Content) -> Self {
        match twin {
            Some(id) => Self::Changed(id, content),
            None => Self::New(content),
        }
    }
}

/// What the catalogue has of a course.
#[derive(Default)]
struct Known {
    modules: Vec<Module>,
    videos: Vec<Video>,
    files: Vec<File>,
}

impl App {
    /// Stores every file that the catalogue does not have as it is.
    pub(super) async fn store_new(
        &self,
        course: Option<&Course>,
        checked: CheckedCourse,
        on_step: OnStep<'_>,
    ) -> Result<Stored, ImportError> {
        let known = match course {
            Some(course) => load(&mut self.parts.db.reader().await?, course).await?,
            None => Known::default(),
        };
        let mut modules = Vec::new();
        for (title, videos) in checked.modules {
            let title = title.unwrap_or_else(|| checked.title.clone());
            let module = known.modules.iter().find(|module| module.title == title);
            let mut items = Vec::new();
            for video in videos {
                let twin = known.videos.iter().find(|twin| {
                    module.is_some_and(|module| module.id == twin.module)
                        && twin.title == video.leaf.title
                });
                items.push((
                    video.leaf.title.clone(),
                    self.store_video(&video, twin, on_step).await?,
                ));
            }
            modules.push(StoredModule {
                title,
                videos: items,
            });
        }
        let mut files = Vec::new();
        for file in checked.files {
            let twin = known
                .files
                .iter()
                .find(|twin| twin.title == file.leaf.title);
            files.push((
                file.leaf.title.clone(),
                self.store_file(&file, twin, on_step).await?,
            ));
        }
        let CheckedCourse {
            title,
            slug,
            description,
            cover,
            ..
        } = checked;
        let needs_cover = course.is_none_or(|course| course.cover_key.is_none());
        let cover_key = match cover.filter(|_| needs_cover) {
            Some(path) => Some(self.store_cover(&path).await?),
            None => None,
        };
        Ok(Stored {
            title,
            slug,
            description,
            cover_key,
            modules,
            files,
        })
    }

    async fn store_video(
        &self,
        video: &Checked,
        twin: Option<&Video>,
        on_step: OnStep<'_>,
    ) -> Result<Item<VideoId, VideoFile>, ImportError> {
        if let Some(twin) = twin.filter(|twin| twin.checksum == video.checksum) {
            return Ok(Item::Same(twin.id));
        }
        let s3_key = self
            .store_object(video, "videos", "v.mp4", video_metadata(), on_step)
            .await?;
        let content = VideoFile {
            s3_key,
            duration_ms: video.duration_ms,
            size_bytes: size(video),
            checksum: video.checksum.to_vec(),
        };
        Ok(Item::of(twin.map(|twin| twin.id), content))
    }

    async fn store_file(
        &self,
        file: &Checked,
        twin: Option<&File>,
        on_step: OnStep<'_>,
    ) -> Result<Item<FileId, StoredFile>, ImportError> {
        if let Some(twin) = twin.filter(|twin| twin.stored.checksum == file.checksum) {
            return Ok(Item::Same(twin.id));
        }
        let media_type = media_type(&file.path);
        let metadata = Metadata {
            content_type: media_type.clone(),
            download_name: Some(download_name(file)),
        };
        let s3_key = self
            .store_object(file, "files", "file", metadata, on_step)
            .await?;
        let checksum = file.checksum.to_vec();
        let content = StoredFile {
            s3_key,
            media_type,
            size_bytes: size(file),
            checksum,
        };
        Ok(Item::of(twin.map(|twin| twin.id), content))
    }

    async fn store_object(
        &self,
        file: &Checked,
        family: &str,
        name: &str,
        metadata: Metadata,
        on_step: OnStep<'_>,
    ) -> Result<String, ImportError> {
        let title = &file.leaf.title;
        let on_bytes = |so_far| on_step(ImportStep::Storing(title.clone(), so_far, file.size));
        self.put(family, name, metadata, &file.path, on_bytes).await
    }

    async fn store_cover(&self, path: &Path) -> Result<String, ImportError> {
        let metadata = Metadata {
            content_type: media_type(path),
            download_name: None,
        };
        self.put("covers", "cover", metadata, path, |_| {}).await
    }

    async fn put(
        &self,
        family: &str,
        name: &str,
        metadata: Metadata,
        path: &Path,
        on_bytes: impl FnMut(u64) + Send,
    ) -> Result<String, ImportError> {
        let fail = |error| ImportError::Object {
            path: path.to_owned(),
            error,
        };
        let key = self.new_key(family, name);
        let key = key.map_err(|error| fail(std::io::Error::other(error).into()))?;
        let stored = self.parts.objects.put_file(&key, metadata, path, on_bytes);
        stored.await.map_err(fail)?;
        Ok(key.to_string())
    }
}

async fn load(reader: &mut Reader, course: &Course) -> Result<Known, StorageError> {
    Ok(Known {
        modules: modules::list(reader, course.id).await?,
        videos: videos::list(reader, course.id).await?,
        files: files::list_of_product(reader, course.product).await?,
    })
}

fn size(file: &Checked) -> i64 {
    i64::try_from(file.size).unwrap_or(i64::MAX)
}

/// A download is saved under its title, without the number that only orders the folder.
fn download_name(file: &Checked) -> String {
    let title = &file.leaf.title;
    match file.path.extension() {
        Some(extension) => format!("{title}.{}", extension.to_string_lossy()),
        None => title.clone(),
    }
}

/// Returns a file's size and SHA-256, reading it once from end to end.
pub(super) async fn hash_file(path: &Path) -> std::io::Result<(u64, [u8; 32])> {
    let path = path.to_owned();
    let hashing = tokio::task::spawn_blocking(move || {
        let mut file = std::fs::File::open(path)?;
        let mut context = digest::Context::new(&digest::SHA256);
        let (mut buffer, mut size) = (vec![0; 1 << 20], 0_u64);
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            context.update(buffer.get(..count).unwrap_or_default());
            size = size.saturating_add(u64::try_from(count).unwrap_or(0));
        }
        let mut checksum = [0; 32];
        checksum.copy_from_slice(context.finish().as_ref());
        Ok((size, checksum))
    });
    hashing.await.map_err(std::io::Error::other)?
}
