//! How SQL is written down: every statement is a constant with a name, so that a test can prepare each on both engines.

/// Which engine a statement is written for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Engine {
    /// Both: the rule.
    Both,
    /// SQLite, which has a single writer and needs no row locks.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A statement under its name.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// The module that it stands in.
    pub module: &'static str,
    /// The constant's name.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
    /// The engine that it is written for.
    pub engine: Engine,
}

/// Declares a module's statements: `NAME = "SQL";` for both engines, `Engine::Postgres NAME = "SQL";` for one.
macro_rules! statements {
    ($($(@$engine:ident)? $name:ident = $sql:expr;)*) => {
        $(const $name: &str = $sql;)*
        /// This module's statements.
        pub(crate) const STATEMENTS: &[$crate::statement::Statement] = &[
            $($crate::statement::Statement {
                module: module_path!(),
                name: stringify!($name),
                sql: $name,
                engine: $crate::statement::engine!($($engine)?),
            }),*
        ];
    };
}

macro_rules! engine {
    () => {
        $crate::statement::Engine::Both
    };
    ($engine:ident) => {
        $crate::statement::Engine::$engine
    };
}

pub(crate) use {engine, statements};
