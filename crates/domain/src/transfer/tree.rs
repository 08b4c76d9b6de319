//! Trees of messages as others have them, made into questions and answers as ours are: an answer follows a question, and a
//! question an answer. Answers that follow one another become one; a question that nobody answered has an empty answer.

use std::collections::{HashMap, HashSet};

use edgewise_protocol::{calls::conversation::Imported, message::Role, timestamp::Timestamp};

use super::{MAX_MESSAGES, MAX_TEXT_BYTES};

/// A message elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Node {
    pub id: String,
    /// What names no message of the conversation is none.
    pub parent: Option<String>,
    /// `None`: people never saw it.
    pub role: Option<Role>,
    pub text: String,
    pub model: Option<String>,
    pub at: Option<Timestamp>,
}

/// What is to be written next.
enum Task {
    /// A question, and what it follows. A node that is an answer gets an empty question.
    Ask(usize, Option<u32>),
    /// The answer that ends with this node, and its question.
    Answer(usize, u32),
}

/// The messages in an order in which each follows one before it, the branch of `leaf` last; and how many were skipped.
///
/// # Errors
/// A sentence for people.
pub fn questions_and_answers(nodes: &[Node], leaf: Option<&str>) -> Result<(Vec<Imported>, usize), String> {
    if nodes.len() > MAX_MESSAGES {
        return Err(format!("It has more than {MAX_MESSAGES} messages."));
    }
    let tree = Tree::of(nodes, leaf)?;
    let (mut out, mut bytes): (Vec<Imported>, usize) = (Vec::new(), 0);
    // The last is taken first.
    let mut tasks: Vec<Task> = tree.roots.iter().rev().map(|root| Task::Ask(*root, None)).collect();
    while let Some(task) = tasks.pop() {
        let at = u32::try_from(out.len()).unwrap_or(u32::MAX);
        match task {
            Task::Ask(node, parent) => {
                let question = tree.node(node).filter(|node| node.role == Some(Role::User));
                let text = question.map(|node| node.text.clone()).unwrap_or_default();
                bytes += text.len();
                out.push(Imported::new(parent, Role::User, text, tree.node(node).and_then(|node| node.at)));
                let begins = if question.is_some() { tree.children(node) } else { std::slice::from_ref(&node) };
                let asked = question.map(|_| tree.asked(node)).unwrap_or_default();
                let mut ends = tree.ends(begins);
                // An answer is written right after its question; of several, the leaf's own is the last.
                let first = (!ends.is_empty()).then(|| ends.remove(0));
                tasks.extend(ends.into_iter().rev().map(|end| Task::Answer(end, at)));
                tasks.extend(asked.into_iter().rev().map(|next| Task::Ask(next, Some(at))));
                tasks.extend(first.map(|end| Task::Answer(end, at)));
            }
            Task::Answer(end, question) => {
                let (text, model) = tree.said(end, MAX_TEXT_BYTES);
                bytes += text.len();
                let when = tree.node(end).and_then(|node| node.at);
                out.push(Imported { model, ..Imported::new(Some(question), Role::Assistant, text, when) });
                tasks.extend(tree.asked(end).into_iter().rev().map(|next| Task::Ask(next, Some(at))));
            }
        }
        if bytes > MAX_TEXT_BYTES {
            return Err(format!("It has more than {MAX_TEXT_BYTES} bytes of text."));
        }
        if out.len() > MAX_MESSAGES {
            return Err(format!("It has more than {MAX_MESSAGES} messages."));
        }
    }
    Ok((out, nodes.iter().filter(|node| node.role.is_none()).count()))
}

struct Tree<'a> {
    nodes: &'a [Node],
    /// Of each node the nearest one above it that people saw.
    parents: Vec<Option<usize>>,
    /// Those that people saw; what leads to the leaf comes last.
    children: Vec<Vec<usize>>,
    roots: Vec<usize>,
}

impl<'a> Tree<'a> {
    fn of(nodes: &'a [Node], leaf: Option<&str>) -> Result<Self, String> {
        let mut known = HashMap::new();
        for (at, node) in nodes.iter().enumerate() {
            if known.insert(node.id.as_str(), at).is_some() {
                return Err("Two of its messages have the same id.".into());
            }
        }
        let above = |node: &Node| node.parent.as_deref().and_then(|parent| known.get(parent)).copied();
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        let mut reached: Vec<usize> = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            match above(node).and_then(|parent| below.get_mut(parent)) {
                Some(list) => list.push(at),
                None => reached.push(at),
            }
        }
        let mut tree = Self {
            nodes,
            parents: vec![None; nodes.len()],
            children: vec![Vec::new(); nodes.len()],
            roots: Vec::new(),
        };
        let mut next = 0;
        while let Some(at) = reached.get(next).copied() {
            next += 1;
            reached.extend(below.get(at).into_iter().flatten());
            let parent = nodes.get(at).and_then(above);
            let seen = parent.and_then(|parent| if tree.is_seen(parent) { Some(parent) } else { tree.parent(parent) });
            if let Some(slot) = tree.parents.get_mut(at) {
                *slot = seen;
            }
            if tree.is_seen(at) {
                match seen.and_then(|seen| tree.children.get_mut(seen)) {
                    Some(children) => children.push(at),
                    None => tree.roots.push(at),
                }
            }
        }
        // Whoever is above themselves is below no root.
        if reached.len() < nodes.len() {
            return Err("Some of its messages follow one another in a circle.".into());
        }
        let path = tree.path(leaf.and_then(|leaf| known.get(leaf)).copied());
        tree.roots.sort_by_key(|at| path.contains(at));
        for children in &mut tree.children {
            children.sort_by_key(|at| path.contains(at));
        }
        Ok(tree)
    }

    fn node(&self, at: usize) -> Option<&'a Node> {
        self.nodes.get(at)
    }

    fn is_seen(&self, at: usize) -> bool {
        self.node(at).is_some_and(|node| node.role.is_some())
    }

    fn is_answer(&self, at: usize) -> bool {
        self.node(at).is_some_and(|node| node.role == Some(Role::Assistant))
    }

    fn parent(&self, at: usize) -> Option<usize> {
        self.parents.get(at).copied().flatten()
    }

    fn children(&self, at: usize) -> &[usize] {
        self.children.get(at).map_or(&[], Vec::as_slice)
    }

    /// The leaf and everything above it.
    fn path(&self, leaf: Option<usize>) -> HashSet<usize> {
        let mut path = HashSet::new();
        let mut next = leaf;
        while let Some(at) = next {
            path.insert(at);
            next = self.parent(at);
        }
        path
    }

    /// The questions right below.
    fn asked(&self, at: usize) -> Vec<usize> {
        self.children(at).iter().copied().filter(|child| !self.is_answer(*child)).collect()
    }

    /// The answers that begin with `begins`, each by the node that it ends with: a question follows it, or no answer does.
    fn ends(&self, begins: &[usize]) -> Vec<usize> {
        let answers = |from: &[usize]| from.iter().rev().copied().filter(|at| self.is_answer(*at)).collect::<Vec<_>>();
        let mut ends = Vec::new();
        let mut open = answers(begins);
        while let Some(at) = open.pop() {
            let more = answers(self.children(at));
            if more.is_empty() || more.len() < self.children(at).len() {
                ends.push(at);
            }
            open.extend(more);
        }
        ends
    }

    /// The text of the answer that ends here, and who gave it.
    fn said(&self, end: usize, most: usize) -> (String, Option<String>) {
        let (mut pieces, mut bytes, mut model, mut next) = (Vec::new(), 0, None, Some(end));
        while let Some((at, node)) = next.filter(|at| self.is_answer(*at)).and_then(|at| Some((at, self.node(at)?))) {
            model = model.or_else(|| node.model.clone());
            if !node.text.is_empty() {
                pieces.push(node.text.as_str());
                bytes += node.text.len() + 2;
            }
            // What is above the bound is refused by whoever asked; it need not be gathered first.
            if bytes > most {
                break;
            }
            next = self.parent(at);
        }
        pieces.reverse();
        (pieces.join("\n\n"), model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, parent: &str, role: char) -> Node {
        let role = match role {
            'u' => Some(Role::User),
            'a' => Some(Role::Assistant),
            _ => None,
        };
        Node { id: id.into(), parent: Some(parent.into()), role, text: id.into(), model: None, at: None }
    }

    /// `parent>text` of each message.
    fn shown(nodes: &[(&str, &str, char)], leaf: Option<&str>) -> Result<String, String> {
        let nodes: Vec<_> = nodes.iter().map(|(id, parent, role)| node(id, parent, *role)).collect();
        let (messages, _) = questions_and_answers(&nodes, leaf)?;
        let one = |message: &Imported| match message.parent {
            Some(parent) => format!("{parent}>{}", message.text.replace("\n\n", "+")),
            None => message.text.clone(),
        };
        Ok(messages.iter().map(one).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn trees_become_questions_and_answers() {
        for (nodes, leaf, expected) in [
            (vec![("q", "", 'u'), ("a", "q", 'a'), ("r", "a", 'u'), ("b", "r", 'a')], None, "q 0>a 1>r 2>b"),
            // Nobody saw the first one.
            (vec![("s", "", 's'), ("q", "s", 'u'), ("x", "q", 's'), ("a", "x", 'a')], None, "q 0>a"),
            // Two answers, of which the leaf's comes last, with what follows it.
            (vec![("q", "", 'u'), ("a", "q", 'a'), ("b", "q", 'a'), ("r", "a", 'u')], Some("r"), "q 0>b 0>a 2>r"),
            // One answer after another is one.
            (vec![("q", "", 'u'), ("a", "q", 'a'), ("b", "a", 'a'), ("r", "b", 'u')], None, "q 0>a+b 1>r"),
            // Unless a question follows the first.
            (vec![("q", "", 'u'), ("a", "q", 'a'), ("b", "a", 'a'), ("r", "a", 'u')], None, "q 0>a 1>r 0>a+b"),
            (vec![("q", "", 'u'), ("r", "q", 'u'), ("a", "r", 'a')], None, "q 0>r 1>a"),
            (vec![("a", "", 'a'), ("q", "a", 'u')], None, " 0>a 1>q"),
            (vec![("q", "nobody", 'u'), ("r", "", 'u')], Some("q"), "r q"),
            (vec![], None, ""),
        ] {
            assert_eq!(shown(&nodes, leaf).unwrap(), expected, "{nodes:?}");
        }
    }

    #[test]
    fn hostile_trees_are_refused() {
        assert!(shown(&[("a", "b", 'u'), ("b", "a", 'a')], None).unwrap_err().contains("circle"));
        assert!(shown(&[("a", "a", 'u')], None).unwrap_err().contains("circle"));
        assert!(shown(&[("a", "", 'u'), ("a", "", 'a')], None).unwrap_err().contains("same id"));
        let many: Vec<_> = (0..=MAX_MESSAGES).map(|n| node(&n.to_string(), "", 'u')).collect();
        assert!(questions_and_answers(&many, None).unwrap_err().contains("messages"));
    }

    #[test]
    fn a_comb_of_long_answers_ends_at_the_bound() {
        // Every answer is followed by a question, so that each is an end and repeats what is above it.
        let mut nodes = vec![node("q", "", 'u')];
        for n in 0..2_000 {
            let parent = if n == 0 { "q".into() } else { format!("a{}", n - 1) };
            nodes.push(Node { text: "x".repeat(4_000), ..node(&format!("a{n}"), &parent, 'a') });
            nodes.push(node(&format!("u{n}"), &format!("a{n}"), 'u'));
        }
        assert!(questions_and_answers(&nodes, None).unwrap_err().contains("bytes of text"));
    }

    #[test]
    fn a_long_line_is_no_deep_call() {
        let role = |n: usize| if n.is_multiple_of(2) { 'u' } else { 'a' };
        let line: Vec<_> =
            (0..MAX_MESSAGES).map(|n| node(&format!("{n}"), &format!("{}", n as i64 - 1), role(n))).collect();
        let (messages, _) = questions_and_answers(&line, None).unwrap();
        assert_eq!(messages.len(), MAX_MESSAGES);
        assert_eq!(messages.last().unwrap().parent, Some(MAX_MESSAGES as u32 - 2));
    }
}
