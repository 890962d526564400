//! What whoever administers may do: scopes, and the roles that are made of them.

use std::fmt;
use std::str::FromStr;

/// One right. Reading and writing are apart: who may write a thing needs the other scope to read it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Scope {
    /// Read courses, files, products, and what the stores' items stand for.
    ContentRead,
    /// Change, publish and delete them.
    ContentWrite,
    /// Read who may open what and why, and the orders behind it.
    AccessRead,
    /// Grant, extend and revoke; work failed deliveries and jobs off again.
    AccessWrite,
    /// Read the stores' settings, what they sent, jobs and figures.
    StoresRead,
    /// Connect stores and change their settings, secrets and keys.
    StoresWrite,
    /// Read the audit log.
    AuditRead,
    /// Export, erase and merge customers.
    PeopleWrite,
    /// Administrators and API tokens.
    TeamWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 9] = [
        Self::ContentRead,
        Self::ContentWrite,
        Self::AccessRead,
        Self::AccessWrite,
        Self::StoresRead,
        Self::StoresWrite,
        Self::AuditRead,
        Self::PeopleWrite,
        Self::TeamWrite,
    ];

    /// Returns its name, as tokens and the API's description have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ContentRead => "content:read",
            Self::ContentWrite => "content:write",
            Self::AccessRead => "access:read",
            Self::AccessWrite => "access:write",
            Self::StoresRead => "stores:read",
            Self::StoresWrite => "stores:write",
            Self::AuditRead => "audit:read",
            Self::PeopleWrite => "people:write",
            Self::TeamWrite => "team:write",
        }
    }

    const fn bit(self) -> u16 {
        match self {
            Self::ContentRead => 1,
            Self::ContentWrite => 1 << 1,
            Self::AccessRead => 1 << 2,
            Self::AccessWrite => 1 << 3,
            Self::StoresRead => 1 << 4,
            Self::StoresWrite => 1 << 5,
            Self::AuditRead => 1 << 6,
            Self::PeopleWrite => 1 << 7,
            Self::TeamWrite => 1 << 8,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Tells that a text names no scopes.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a scope: there are {}, and all", Scope::ALL.map(Scope::name).join(", "))]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;
    fn from_str(name: &str) -> Result<Self, ScopeError> {
        let known = Self::ALL.into_iter().find(|scope| scope.name() == name);
        known.ok_or(ScopeError)
    }
}

/// A set of scopes. Written as names with a space between, or `all`, which takes in the scopes of later versions too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Scopes(u16);

impl Scopes {
    /// Every scope there is.
    pub const ALL: Self = Self::of(&Scope::ALL);

    /// Makes a set.
    #[must_use]
    pub const fn of(scopes: &[Scope]) -> Self {
        let (mut bits, mut rest) = (0, scopes);
        while let [first, others @ ..] = rest {
            bits |= first.bit();
            rest = others;
        }
        Self(bits)
    }

    /// Returns the set with more scopes.
    #[must_use]
    pub const fn and(self, scopes: &[Scope]) -> Self {
        Self(self.0 | Self::of(scopes).0)
    }

    /// Tells whether the scope is in the set.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Tells whether none is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the first scope that is in this set and not in `other`: why the holder of `other` may not give this away.
    #[must_use]
    pub fn first_beyond(self, other: Self) -> Option<Scope> {
        self.iter().find(|scope| !other.has(*scope))
    }

    /// Returns the scopes, in one order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let bits = scopes.into_iter().fold(0, |bits, scope| bits | scope.bit());
        Self(bits)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("all");
        }
        let names: Vec<&str> = self.iter().map(Scope::name).collect();
        f.write_str(&names.join(" "))
    }
}

impl FromStr for Scopes {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if text == "all" {
            return Ok(Self::ALL);
        }
        text.split_ascii_whitespace().map(str::parse).collect()
    }
}

/// What an administrator is in the team.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Looks.
    Viewer,
    /// Helps customers: access, and reading the rest.
    Support,
    /// Runs the shop: content and access.
    Manager,
    /// May do everything, the team and the stores' keys included.
    Owner,
}

impl Role {
    /// Every role; each may do what the one before may.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Support, Self::Manager, Self::Owner];

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Support => "support",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }

    /// Returns what she may do.
    #[must_use]
    pub const fn scopes(self) -> Scopes {
        const VIEWER: Scopes =
            Scopes::of(&[Scope::ContentRead, Scope::AccessRead, Scope::StoresRead]);
        const SUPPORT: Scopes = VIEWER.and(&[Scope::AccessWrite]);
        match self {
            Self::Viewer => VIEWER,
            Self::Support => SUPPORT,
            Self::Manager => SUPPORT.and(&[Scope::ContentWrite]),
            Self::Owner => Scopes::ALL,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Tells that a text names no role.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a role: there are {}", Role::ALL.map(Role::name).join(", "))]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;
    fn from_str(name: &str) -> Result<Self, RoleError> {
        let known = Self::ALL.into_iter().find(|role| role.name() == name);
        known.ok_or(RoleError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_written() {
        let written = |scopes: Scopes| scopes.to_string();
        assert_eq!(written(Scopes::ALL), "all");
        assert_eq!("all".parse(), Ok(Scopes::ALL));
        assert_eq!("".parse(), Ok(Scopes::of(&[])));
        let both = Scopes::of(&[Scope::ContentRead, Scope::AuditRead]);
        assert_eq!(written(both), "content:read audit:read");
        assert_eq!("audit:read content:read".parse(), Ok(both));
        for scope in Scope::ALL {
            assert_eq!(scope.name().parse(), Ok(scope));
            assert_eq!(written(Scopes::of(&[scope])), scope.name());
        }
        for odd in [
            "All",
            "content",
            "content:read,audit:read",
            "all audit:read",
        ] {
            assert_eq!(odd.parse::<Scopes>(), Err(ScopeError), "{odd}");
        }
    }

    #[test]
    fn every_scope_stands_for_itself_alone() {
        for one in Scope::ALL {
            for other in Scope::ALL {
                assert_eq!(Scopes::of(&[one]).has(other), one == other);
            }
        }
        assert_eq!(Scopes::ALL.iter().count(), Scope::ALL.len());
        assert!(Scopes::of(&[]).is_empty() && !Scopes::ALL.is_empty());
    }

    #[test]
    fn each_role_may_do_what_the_one_before_may_and_more() {
        for pair in Role::ALL.windows(2) {
            let [less, more] = [pair[0].scopes(), pair[1].scopes()];
            assert_eq!(less.first_beyond(more), None);
            assert!(more.first_beyond(less).is_some());
            assert_eq!(pair[0].name().parse(), Ok(pair[0]));
        }
        let lacking = |role: Role, scope| !role.scopes().has(scope);
        assert!(lacking(Role::Viewer, Scope::AccessWrite));
        assert!(lacking(Role::Support, Scope::ContentWrite));
        for scope in [
            Scope::StoresWrite,
            Scope::AuditRead,
            Scope::PeopleWrite,
            Scope::TeamWrite,
        ] {
            assert!(lacking(Role::Manager, scope), "{scope}");
        }
        assert_eq!(Role::Owner.scopes(), Scopes::ALL);
        assert_eq!("admin".parse::<Role>(), Err(RoleError));
    }
}
