//! Columns of tables: only those that a file needs are read, for each value costs.

use std::marker::PhantomData;

use sea_orm::{DbErr, QueryResult, TryGetable};

/// A column that can be read.
pub trait Field: Copy + 'static {
    /// What the columns are called in a statement, in their order.
    const NAMES: &'static [&'static str];

    /// Its place among them.
    fn place(self) -> usize;
}

/// Declares columns that can be read, and what each is called in a statement.
macro_rules! fields {
    ($(#[$doc:meta])* $visible:vis $name:ident { $($variant:ident = $sql:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visible enum $name {
            $($variant,)*
        }

        impl $crate::export::fields::Field for $name {
            const NAMES: &'static [&'static str] = &[$($sql,)*];

            fn place(self) -> usize {
                self as usize
            }
        }
    };
}
pub(super) use fields;

/// The columns that are read, and where each is in an answer.
pub struct Fields<F> {
    at: Vec<Option<usize>>,
    field: PhantomData<F>,
}

impl<F: Field> Fields<F> {
    /// These columns, each once.
    pub fn of(wanted: impl IntoIterator<Item = F>) -> Self {
        let mut is_wanted = vec![false; F::NAMES.len()];
        for field in wanted {
            is_wanted[field.place()] = true;
        }
        let mut next = 0..;
        let at = is_wanted.into_iter().map(|is_wanted| if is_wanted { next.next() } else { None }).collect();
        Self { at, field: PhantomData }
    }

    /// What stands between SELECT and FROM.
    pub fn names(&self) -> String {
        let wanted = F::NAMES.iter().zip(&self.at).filter(|(_, at)| at.is_some());
        wanted.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// The value of a column.
    ///
    /// # Errors
    /// When it is none of those that are read, or of another type.
    pub fn get<T: TryGetable>(&self, row: &QueryResult, field: F) -> Result<T, DbErr> {
        match self.at[field.place()] {
            Some(index) => row.try_get_by_index(index),
            None => Err(DbErr::Custom(format!("{} was not read", F::NAMES[field.place()]))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fields! {
        Letter { A = "a", B = "t.b", C = "c", }
    }

    #[test]
    fn each_is_read_once_and_in_its_place() {
        let fields = Fields::of([Letter::C, Letter::A, Letter::C]);
        assert_eq!(fields.names(), "a, c");
        assert_eq!(fields.at, [Some(0), None, Some(1)]);
        assert_eq!(Fields::of([Letter::B]).names(), "t.b");
    }
}
