//! How a folder becomes a course: folders are modules, MP4 files their videos, all other files downloads, in natural order.

use std::path::{Path, PathBuf};

use crate::import::naming::{natural_order, title_of};

/// What a folder says a course is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct CourseTree {
    /// Its modules in order; videos beside the folders form a module of their own, first, without a title.
    pub(super) modules: Vec<ModuleTree>,
    /// Its downloads in order.
    pub(super) files: Vec<Leaf>,
    /// The picture `cover.jpg`, `.jpeg`, `.png` or `.webp` beside the folders.
    pub(super) cover: Option<PathBuf>,
    /// The text `description.txt` or `.md` beside the folders.
    pub(super) description: Option<PathBuf>,
}

/// A module.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ModuleTree {
    /// Its title; `None` for the videos beside the folders.
    pub(super) title: Option<String>,
    /// Its videos in order.
    pub(super) videos: Vec<Leaf>,
}

/// A file with its title.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Leaf {
    /// What it is called.
    pub(super) title: String,
    /// Where it is, below the folder.
    pub(super) path: PathBuf,
}

/// Sorts the files of a folder, given by their paths below it, into a course. Hidden files are passed over.
///
/// # Errors
/// Every sentence says what to mend: folders within modules, videos that are no MP4, titles that occur twice.
pub(super) fn read_tree(paths: &[PathBuf]) -> Result<CourseTree, Vec<String>> {
    let mut names: Vec<(Vec<String>, &PathBuf)> = paths
        .iter()
        .map(|path| (segments(path), path))
        .filter(|(names, _)| !is_hidden(names))
        .collect();
    names.sort_by(|(a, _), (b, _)| compare(a, b));
    let (mut tree, mut problems) = (CourseTree::default(), Vec::new());
    for (names, path) in names {
        match names.as_slice() {
            [name] => tree.add(None, name, path, &mut problems),
            [folder, name] => tree.add(Some(folder), name, path, &mut problems),
            _ => problems.push(format!(
                "{}: a module has no folders inside it",
                path.display()
            )),
        }
    }
    if tree.modules.iter().all(|module| module.videos.is_empty()) {
        problems.push("there is no MP4 video in this folder".to_owned());
    }
    if problems.is_empty() {
        Ok(tree)
    } else {
        Err(problems)
    }
}

impl CourseTree {
    fn add(&mut self, folder: Option<&str>, name: &str, path: &Path, problems: &mut Vec<String>) {
        let (stem, extension) = split(name);
        match kind(folder, stem, &extension) {
            Kind::Cover => self.cover = Some(path.to_owned()),
            Kind::Description => self.description = Some(path.to_owned()),
            Kind::Video => self.add_video(folder, leaf(stem, path), problems),
            Kind::OtherVideo => problems.push(format!(
                "{}: only MP4 videos play in every browser; convert it first",
                path.display()
            )),
            Kind::Download => add_leaf(&mut self.files, leaf(stem, path), problems),
        }
    }

    fn add_video(&mut self, folder: Option<&str>, video: Leaf, problems: &mut Vec<String>) {
        let title = folder.map(title_of);
        let known = self.modules.iter_mut().find(|module| module.title == title);
        if let Some(module) = known {
            return add_leaf(&mut module.videos, video, problems);
        }
        self.modules.push(ModuleTree {
            title,
            videos: vec![video],
        });
    }
}

fn add_leaf(leaves: &mut Vec<Leaf>, leaf: Leaf, problems: &mut Vec<String>) {
    if let Some(twin) = leaves.iter().find(|known| known.title == leaf.title) {
        let (one, other) = (twin.path.display(), leaf.path.display());
        problems.push(format!("{one} and {other} have the same title; rename one"));
    }
    leaves.push(leaf);
}

fn leaf(stem: &str, path: &Path) -> Leaf {
    Leaf {
        title: title_of(stem),
        path: path.to_owned(),
    }
}

enum Kind {
    Cover,
    Description,
    Video,
    OtherVideo,
    Download,
}

fn kind(folder: Option<&str>, stem: &str, extension: &str) -> Kind {
    let stem = stem.to_lowercase();
    match (folder, stem.as_str(), extension) {
        (None, "cover", "jpg" | "jpeg" | "png" | "webp") => Kind::Cover,
        (None, "description", "txt" | "md") => Kind::Description,
        (_, _, "mp4" | "m4v") => Kind::Video,
        (_, _, "mov" | "mkv" | "avi" | "webm" | "wmv" | "flv" | "mpg" | "mpeg" | "ts") => {
            Kind::OtherVideo
        }
        _ => Kind::Download,
    }
}

fn split(name: &str) -> (&str, String) {
    name.rsplit_once('.')
        .map_or((name, String::new()), |(stem, end)| {
            (stem, end.to_lowercase())
        })
}

fn segments(path: &Path) -> Vec<String> {
    path.iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

fn is_hidden(names: &[String]) -> bool {
    names
        .iter()
        .any(|name| name.starts_with('.') || name == "Thumbs.db" || name == "desktop.ini")
}

/// Files beside the folders come first, then folder by folder.
fn compare(a: &[String], b: &[String]) -> std::cmp::Ordering {
    let by_depth = a.len().min(2).cmp(&b.len().min(2));
    let by_name = || {
        let mut pairs = a.iter().zip(b);
        let first =
            pairs.find_map(|(a, b)| Some(natural_order(a, b)).filter(|order| order.is_ne()));
        first.unwrap_or_else(|| a.len().cmp(&b.len()))
    };
    by_depth.then_with(by_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Result<CourseTree, Vec<String>> {
        read_tree(&paths.iter().map(PathBuf::from).collect::<Vec<_>>())
    }

    fn titles(leaves: &[Leaf]) -> Vec<&str> {
        leaves.iter().map(|leaf| leaf.title.as_str()).collect()
    }

    #[test]
    fn folders_become_modules_and_files_lessons_and_downloads_in_natural_order() {
        let tree = tree(&[
            "10 Light/1 Values.mp4",
            "2 Washes/10 Graded.mp4",
            "2 Washes/2 Flat.MP4",
            "2 Washes/palette.pdf",
            "cover.JPG",
            "description.md",
            "Materials.pdf",
            ".DS_Store",
            "2 Washes/._x.mp4",
        ])
        .unwrap();
        let modules: Vec<_> = tree.modules.iter().map(|m| m.title.as_deref()).collect();
        assert_eq!(modules, [Some("Washes"), Some("Light")]);
        assert_eq!(titles(&tree.modules[0].videos), ["Flat", "Graded"]);
        assert_eq!(titles(&tree.files), ["Materials", "palette"]);
        assert_eq!(tree.cover, Some("cover.JPG".into()));
        assert_eq!(tree.description, Some("description.md".into()));
    }

    #[test]
    fn videos_beside_the_folders_are_a_first_module_without_title() {
        let tree = tree(&["1 Washes/a.mp4", "Welcome.mp4"]).unwrap();
        assert_eq!(tree.modules[0].title, None);
        assert_eq!(titles(&tree.modules[0].videos), ["Welcome"]);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let problems = tree(&["a/b/c.mp4", "a/film.mkv", "a/1 X.mp4", "a/2 X.mp4"]).unwrap_err();
        assert_eq!(problems.len(), 3);
        assert!(problems.iter().any(|p| p.contains("film.mkv: only MP4")));
        assert!(problems.iter().any(|p| p.contains("same title")));
        assert_eq!(
            tree(&["notes.txt"]).unwrap_err(),
            ["there is no MP4 video in this folder"]
        );
    }
}
