//! Importing a folder as a course. Running it again adds only what is new; a file that changed gets a new version under the
//! same lesson, so that progress stays.

mod naming;
mod shelving;
mod storing;
mod tree;

use std::path::{Path, PathBuf};

use domain::audit::Cause;
use domain::{CourseId, ProductId};
use media::ProbeError;
use objects::PutError;
use storage::courses::{self, Course};
use storage::{Access, StorageError, products};

use crate::App;
use crate::contents::{Slug, milliseconds};
use crate::import::tree::{CourseTree, Leaf, read_tree};

/// What is to be imported.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The folder.
    pub folder: PathBuf,
    /// The course's title; the folder's name when absent.
    pub title: Option<String>,
    /// The product that the course belongs to; a new one of the same title when absent and the course is new.
    pub product: Option<ProductId>,
}

/// How far an import is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ImportStep {
    /// So many files of so many have been looked into.
    Checked(usize, usize),
    /// The file of this title is being stored: bytes so far, of so many.
    Storing(String, u64, u64),
}

/// What an import did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Imported {
    /// The course.
    pub course: CourseId,
    /// Its product.
    pub product: ProductId,
    /// Videos and files that were not there.
    pub added: usize,
    /// Videos and files that got a new version.
    pub replaced: usize,
    /// Videos and files that were there as they are.
    pub unchanged: usize,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The folder cannot be read.
    #[error("{path}: {error}")]
    Folder {
        /// What could not be read.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The folder is not a course; each line says what to mend.
    #[error("{}", .0.join("\n"))]
    NotACourse(Vec<String>),
    /// There is no such product.
    #[error("there is no product of that id")]
    NoSuchProduct,
    /// The course belongs to another product.
    #[error("the course of that title belongs to another product")]
    OtherProduct,
    /// Somebody deleted, moved or made the course while the files were being stored.
    #[error("the course was changed while its files were being stored; import it again")]
    Overtaken,
    /// A file could not be stored.
    #[error("{path}: {error}")]
    Object {
        /// The file.
        path: PathBuf,
        /// Why.
        error: PutError,
    },
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A callback for progress.
pub type OnStep<'a> = &'a mut (dyn FnMut(ImportStep) + Send);

/// A video or download that was looked into.
struct Checked {
    leaf: Leaf,
    path: PathBuf,
    size: u64,
    checksum: [u8; 32],
    /// How long it plays; 0 for what does not.
    duration_ms: i64,
}

impl App {
    /// Imports a folder as a course, or adds to the course of that title what is new.
    ///
    /// # Errors
    /// See [`ImportError`]; the catalogue is as it was.
    pub async fn import_course(
        &self,
        by: &Cause,
        request: &ImportRequest,
        on_step: OnStep<'_>,
    ) -> Result<Imported, ImportError> {
        let title = request
            .title
            .clone()
            .unwrap_or_else(|| folder_title(&request.folder));
        let paths = list_files(&request.folder)?;
        let tree = read_tree(&paths).map_err(ImportError::NotACourse)?;
        let (modules, files) = check_all(&request.folder, &tree, on_step).await?;
        let slug = String::from(Slug::from_title(&title));
        let mut reader = self.parts.db.reader().await?;
        let known = find_target(&mut reader, &slug, request.product).await?;
        drop(reader);
        let text = |path: &PathBuf| read_text(&request.folder.join(path));
        let description = tree
            .description
            .as_ref()
            .map(text)
            .transpose()?
            .unwrap_or_default();
        let cover = tree.cover.as_ref().map(|path| request.folder.join(path));
        let checked = CheckedCourse {
            title,
            slug,
            description,
            cover,
            modules,
            files,
        };
        let stored = self.store_new(known.as_ref(), checked, on_step).await?;
        self.shelve(by, request.product, known.as_ref(), stored)
            .await
    }
}

/// Finds the course to add to, when there is one, and refuses a product that it cannot be in.
async fn find_target(
    access: &mut impl Access,
    slug: &str,
    product: Option<ProductId>,
) -> Result<Option<Course>, ImportError> {
    let known = courses::find_by_slug(access, slug).await?;
    let Some(product) = product else {
        return Ok(known);
    };
    if products::find(access, product).await?.is_none() {
        return Err(ImportError::NoSuchProduct);
    }
    match &known {
        Some(course) if course.product != product => Err(ImportError::OtherProduct),
        Some(_) | None => Ok(known),
    }
}

/// A course that was looked into, ready to be stored.
struct CheckedCourse {
    title: String,
    slug: String,
    description: String,
    cover: Option<PathBuf>,
    modules: Vec<(Option<String>, Vec<Checked>)>,
    files: Vec<Checked>,
}

type CheckedTree = (Vec<(Option<String>, Vec<Checked>)>, Vec<Checked>);

/// Looks into every file before anything is stored, and says all that is wrong at once.
async fn check_all(
    folder: &Path,
    tree: &CourseTree,
    on_step: OnStep<'_>,
) -> Result<CheckedTree, ImportError> {
    let total = tree
        .modules
        .iter()
        .map(|module| module.videos.len())
        .sum::<usize>()
        + tree.files.len();
    let (mut done, mut problems) = (0, Vec::new());
    let mut modules = Vec::new();
    for module in &tree.modules {
        let mut videos = Vec::new();
        for leaf in &module.videos {
            match check_video(folder, leaf).await? {
                Ok(video) => videos.push(video),
                Err(error) => problems.push(format!("{}: {error}", leaf.path.display())),
            }
            done += 1;
            on_step(ImportStep::Checked(done, total));
        }
        modules.push((module.title.clone(), videos));
    }
    let mut files = Vec::new();
    for leaf in &tree.files {
        files.push(check(folder, leaf, 0).await?);
        done += 1;
        on_step(ImportStep::Checked(done, total));
    }
    if problems.is_empty() {
        Ok((modules, files))
    } else {
        Err(ImportError::NotACourse(problems))
    }
}

async fn check_video(
    folder: &Path,
    leaf: &Leaf,
) -> Result<Result<Checked, ProbeError>, ImportError> {
    match media::probe(&folder.join(&leaf.path)).await {
        Ok(probe) => Ok(Ok(check(
            folder,
            leaf,
            milliseconds(probe.duration_seconds),
        )
        .await?)),
        Err(error) => Ok(Err(error)),
    }
}

async fn check(folder: &Path, leaf: &Leaf, duration_ms: i64) -> Result<Checked, ImportError> {
    let path = folder.join(&leaf.path);
    let hashed = storing::hash_file(&path).await;
    let (size, checksum) = hashed.map_err(|error| ImportError::Folder {
        path: path.clone(),
        error,
    })?;
    Ok(Checked {
        leaf: leaf.clone(),
        path,
        size,
        checksum,
        duration_ms,
    })
}

fn folder_title(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    naming::title_of(&name.unwrap_or_else(|| "Course".to_owned()))
}

/// Lists the files of a folder by their paths below it, three levels deep: deeper ones are refused by [`read_tree`] anyway.
fn list_files(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |error| ImportError::Folder { path, error }
    };
    let (mut files, mut open) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = open.pop() {
        let here = folder.join(&below);
        for entry in std::fs::read_dir(&here).map_err(fail(&here))? {
            let entry = entry.map_err(fail(&here))?;
            let path = below.join(entry.file_name());
            let kind = std::fs::metadata(entry.path()).map_err(fail(&entry.path()))?;
            if kind.is_dir() && path.iter().count() < 3 {
                open.push(path);
            } else if kind.is_file() {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn read_text(path: &Path) -> Result<String, ImportError> {
    let text = std::fs::read_to_string(path).map_err(|error| ImportError::Folder {
        path: path.to_owned(),
        error,
    })?;
    Ok(text.trim().to_owned())
}
