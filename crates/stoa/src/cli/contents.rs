//! The commands about what stands on the shelves.

use std::path::PathBuf;

use app::contents::{Description, FileName, Slug, Title};
use clap::{Args, Subcommand};
use domain::{CourseId, FileId, ModuleId, ProductId, VideoId};

/// Whether whom it touches was seen.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Consent {
    /// Go on; without it only whom it touches is said
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CourseCommand {
    /// Import a folder: its folders become modules, its MP4 files videos, all else downloads
    Import {
        /// The folder
        folder: PathBuf,
        /// The course's title [default: the folder's name]
        #[arg(long)]
        title: Option<String>,
        /// The product it belongs to [default: a new one]
        #[arg(long)]
        product: Option<ProductId>,
    },
    /// Make a draft of a course
    Add {
        /// The product it belongs to (prd_…)
        product: ProductId,
        /// What it is called
        title: Title,
        /// What it is about
        #[arg(long)]
        description: Option<Description>,
        /// Its name in addresses [default: made of the title]
        #[arg(long)]
        slug: Option<Slug>,
    },
    /// List the courses
    List {
        /// Of this product alone (prd_…)
        #[arg(long)]
        product: Option<ProductId>,
    },
    /// Show a course with its modules and videos
    Show {
        /// The course (crs_…)
        course: CourseId,
    },
    /// Change a course; what is not named stays
    Change {
        /// The course (crs_…)
        course: CourseId,
        /// What it is called
        #[arg(long)]
        title: Option<Title>,
        /// What it is about
        #[arg(long)]
        description: Option<Description>,
        /// Its name in addresses
        #[arg(long)]
        slug: Option<Slug>,
        /// The product it belongs to (prd_…); another one changes who has it
        #[arg(long)]
        product: Option<ProductId>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Put the modules of a course in order
    Order {
        /// The course (crs_…)
        course: CourseId,
        /// All of its modules in the order that they shall have (mod_…)
        #[arg(required = true)]
        modules: Vec<ModuleId>,
    },
    /// Open a course to all who have it
    Publish {
        /// The course (crs_…)
        course: CourseId,
    },
    /// Close a course to everybody until it is published again
    Unpublish {
        /// The course (crs_…)
        course: CourseId,
        #[command(flatten)]
        consent: Consent,
    },
    /// Delete a course with its modules and videos
    Delete {
        /// The course (crs_…)
        course: CourseId,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModuleCommand {
    /// Make a module in a course
    Add {
        /// The course (crs_…)
        course: CourseId,
        /// What it is called
        title: Title,
        /// Its place, from 1 [default: at the end]
        #[arg(long)]
        place: Option<u32>,
    },
    /// Rename a module, or move it to another place
    Change {
        /// The module (mod_…)
        module: ModuleId,
        /// What it is called
        #[arg(long)]
        title: Option<Title>,
        /// Its place, from 1
        #[arg(long)]
        place: Option<u32>,
    },
    /// Put the videos of a module in order
    Order {
        /// The module (mod_…)
        module: ModuleId,
        /// All of its videos in the order that they shall have (vid_…)
        #[arg(required = true)]
        videos: Vec<VideoId>,
    },
    /// Move all videos of a module to another module of the course
    MoveVideos {
        /// The module that they are in (mod_…)
        from: ModuleId,
        /// The module that they go to (mod_…)
        to: ModuleId,
    },
    /// Delete a module together with its videos
    Delete {
        /// The module (mod_…)
        module: ModuleId,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum VideoCommand {
    /// Add a video to a module
    Add {
        /// The module (mod_…)
        module: ModuleId,
        /// The MP4 file
        file: PathBuf,
        /// What it is called [default: the file's name]
        #[arg(long)]
        title: Option<Title>,
        /// Its place, from 1 [default: at the end]
        #[arg(long)]
        place: Option<u32>,
    },
    /// Give a video another file; its place and what was watched of it stay
    Replace {
        /// The video (vid_…)
        video: VideoId,
        /// The MP4 file
        file: PathBuf,
    },
    /// Rename a video, or move it to another place or module
    Change {
        /// The video (vid_…)
        video: VideoId,
        /// What it is called
        #[arg(long)]
        title: Option<Title>,
        /// A module of the same course (mod_…)
        #[arg(long)]
        module: Option<ModuleId>,
        /// Its place, from 1
        #[arg(long)]
        place: Option<u32>,
    },
    /// Delete a video
    Delete {
        /// The video (vid_…)
        video: VideoId,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum FileCommand {
    /// Add a draft of a download to a product
    Add {
        /// The product (prd_…)
        product: ProductId,
        /// The file
        file: PathBuf,
        /// What it is called [default: the file's name]
        #[arg(long)]
        title: Option<Title>,
        /// The name under which it is saved [default: the file's name]
        #[arg(long)]
        name: Option<FileName>,
    },
    /// List the downloads of a product
    List {
        /// The product (prd_…)
        product: ProductId,
    },
    /// Give a download another file
    Replace {
        /// The download (fil_…)
        download: FileId,
        /// The file
        file: PathBuf,
        /// The name under which it is saved [default: the file's name]
        #[arg(long)]
        name: Option<FileName>,
    },
    /// Rename a download, or move it to another place
    Change {
        /// The download (fil_…)
        download: FileId,
        /// What it is called
        #[arg(long)]
        title: Option<Title>,
        /// Its place among those of its product, from 1
        #[arg(long)]
        place: Option<u32>,
    },
    /// Put the downloads of a product in order
    Order {
        /// The product (prd_…)
        product: ProductId,
        /// All of its downloads in the order that they shall have (fil_…)
        #[arg(required = true)]
        downloads: Vec<FileId>,
    },
    /// Open a download to all who have it
    Publish {
        /// The download (fil_…)
        download: FileId,
    },
    /// Close a download to everybody until it is published again
    Unpublish {
        /// The download (fil_…)
        download: FileId,
        #[command(flatten)]
        consent: Consent,
    },
    /// Delete a download
    Delete {
        /// The download (fil_…)
        download: FileId,
        #[command(flatten)]
        consent: Consent,
    },
}
