//! One branch of a conversation's tree, found by the numbers of its messages alone: the texts are read once it is known
//! which are wanted.

use std::collections::{HashMap, HashSet};

use edgewise_protocol::message::Message;

/// The tree of a conversation, without a word of it.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    parents: HashMap<u64, u64>,
    newest: u64,
}

impl Tree {
    /// Takes in a message of a page.
    pub fn note(&mut self, message: &Message) {
        if let Some(parent) = message.parent_id {
            self.parents.insert(message.seq, parent.seq());
        }
        self.newest = self.newest.max(message.seq);
    }

    /// The numbers of the branch that ends with `leaf`; without one it is the newest message's.
    pub fn branch(&self, leaf: Option<u64>) -> HashSet<u64> {
        let mut branch = HashSet::new();
        let mut next = Some(leaf.unwrap_or(self.newest));
        // A number that is there already would be a circle.
        while let Some(seq) = next.filter(|seq| branch.insert(*seq)) {
            next = self.parents.get(&seq).copied();
        }
        branch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_followed_from_its_leaf_upwards() {
        let tree = Tree { parents: [(3, 2), (4, 3), (5, 4), (6, 3), (7, 6)].into(), newest: 7 };
        assert_eq!(tree.branch(None), HashSet::from([2, 3, 6, 7]));
        assert_eq!(tree.branch(Some(5)), HashSet::from([2, 3, 4, 5]));
        let circle = Tree { parents: [(2, 3), (3, 2)].into(), newest: 3 };
        assert_eq!(circle.branch(None), HashSet::from([2, 3]));
    }
}
