//! The commands about courses.

use anyhow::Context;
use app::App;
use app::contents::{Confirmation, CourseChange, NewCourse, Removable};
use app::import::ImportRequest;
use domain::{ContentId, CourseId, ProductId};

use crate::cli::CourseCommand;
use crate::commands::COMMAND_LINE;
use crate::commands::contents::confirm;
use crate::progress;

/// How many courses are read at once.
const PAGE: i64 = 200;

pub(super) async fn run(app: &App, command: CourseCommand) -> anyhow::Result<()> {
    match command {
        CourseCommand::Import {
            folder,
            title,
            product,
        } => {
            let request = ImportRequest {
                folder,
                title,
                product,
            };
            import(app, &request).await?;
        }
        CourseCommand::Add {
            product,
            title,
            description,
            slug,
        } => {
            let new = NewCourse {
                product,
                title,
                description,
                slug,
            };
            println!("{}", app.create_course(&COMMAND_LINE, new).await?);
            eprintln!("It is a draft: publish it when it is ready.");
        }
        CourseCommand::List { product } => list(app, product).await?,
        CourseCommand::Show { course } => show(app, course).await?,
        CourseCommand::Change {
            course,
            title,
            description,
            slug,
            product,
            consent,
        } => {
            let seen = match product {
                Some(_) => confirm(app, Removable::Course(course), consent).await?,
                None => Confirmation::default(),
            };
            let change = CourseChange {
                title,
                description,
                slug,
                product,
            };
            app.change_course(&COMMAND_LINE, course, change, &seen)
                .await?;
        }
        CourseCommand::Order { course, modules } => {
            app.order_modules(&COMMAND_LINE, course, &modules).await?;
        }
        CourseCommand::Publish { course } => {
            app.publish(&COMMAND_LINE, ContentId::Course(course))
                .await?;
        }
        CourseCommand::Unpublish { course, consent } => {
            let seen = confirm(app, Removable::Course(course), consent).await?;
            let content = ContentId::Course(course);
            app.unpublish(&COMMAND_LINE, content, &seen).await?;
        }
        CourseCommand::Delete { course, consent } => {
            let what = Removable::Course(course);
            let seen = confirm(app, what, consent).await?;
            app.delete_content(&COMMAND_LINE, what, &seen).await?;
        }
    }
    Ok(())
}

async fn import(app: &App, request: &ImportRequest) -> anyhow::Result<()> {
    let bar = progress::bar();
    let on_step = &mut |step| progress::show(&bar, step);
    let imported = app.import_course(&COMMAND_LINE, request, on_step).await;
    bar.finish_and_clear();
    let imported = imported.context("nothing was imported")?;
    println!("{}  of product {}", imported.course, imported.product);
    let (added, replaced, unchanged) = (imported.added, imported.replaced, imported.unchanged);
    eprintln!("New: {added}, new versions: {replaced}, unchanged: {unchanged}");
    Ok(())
}

async fn list(app: &App, product: Option<ProductId>) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = app.list_shelved_courses(product, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for course in &page {
            let state = if course.published_at.is_some() {
                "published"
            } else {
                "draft"
            };
            println!("{}  {state}  {}", course.id, course.title);
        }
    }
}

async fn show(app: &App, id: CourseId) -> anyhow::Result<()> {
    let shelved = app.find_shelved_course(id).await?;
    let course = shelved.course;
    println!("{}  {}", course.id, course.title);
    println!("  of product {}, slug {}", course.product, course.slug);
    match course.published_at {
        Some(at) => println!("  published {at}"),
        None => println!("  a draft"),
    }
    for module in shelved.modules {
        println!("{}  {}", module.module.id, module.module.title);
        for video in module.videos {
            println!("  {}  {}  {}", video.id, video.state, video.title);
        }
    }
    Ok(())
}
