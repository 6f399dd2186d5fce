//! Who can be reached from whom and back: the strongly connected components of a directed graph (Kosaraju and Sharir). Pure.

/// The components of the places below `count` under these edges, each in order of place.
#[must_use]
pub fn components(count: usize, edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let (mut ahead, mut back) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (from, to) in edges {
        if let (Some(ahead), Some(back)) = (ahead.get_mut(*from as usize), back.get_mut(*to as usize)) {
            ahead.push(*to);
            back.push(*from);
        }
    }
    let mut seen = vec![false; count];
    let mut found = Vec::new();
    for start in left(&ahead).into_iter().rev() {
        let component = reached(&back, start, &mut seen);
        if !component.is_empty() {
            found.push(component);
        }
    }
    found
}

/// All places in the order in which a walk in depth leaves them.
fn left(ahead: &[Vec<u32>]) -> Vec<u32> {
    let mut seen = vec![false; ahead.len()];
    let mut order = Vec::with_capacity(ahead.len());
    for start in 0..u32::try_from(ahead.len()).unwrap_or(u32::MAX) {
        if !enter(&mut seen, start) {
            continue;
        }
        let mut path = vec![(start, 0)];
        while let Some((place, next)) = path.pop() {
            match ahead.get(place as usize).and_then(|onward| onward.get(next)) {
                None => order.push(place),
                Some(to) => {
                    path.push((place, next + 1));
                    if enter(&mut seen, *to) {
                        path.push((*to, 0));
                    }
                }
            }
        }
    }
    order
}

/// Everything not seen yet that can be reached from a place, itself included.
fn reached(onward: &[Vec<u32>], start: u32, seen: &mut [bool]) -> Vec<u32> {
    let mut found = Vec::new();
    let mut open = vec![start];
    while let Some(place) = open.pop() {
        if enter(seen, place) {
            found.push(place);
            open.extend(onward.get(place as usize).into_iter().flatten());
        }
    }
    found.sort_unstable();
    found
}

/// Whether it is the first time that a place is entered.
fn enter(seen: &mut [bool], place: u32) -> bool {
    seen.get_mut(place as usize).is_some_and(|seen| !std::mem::replace(seen, true))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(mut found: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
        found.sort();
        found
    }

    #[test]
    fn circles_are_components_and_ways_out_of_them_are_not() {
        let edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 0)];
        assert_eq!(sorted(components(6, &edges)), [vec![0, 1, 2], vec![3, 4], vec![5]]);
        assert_eq!(sorted(components(2, &[])), [vec![0], vec![1]]);
        assert!(components(0, &[]).is_empty());
    }

    proptest! {
        #[test]
        fn two_are_together_when_each_reaches_the_other(edges in proptest::collection::vec((0_u32..9, 0_u32..9), 0..30)) {
            let mut ahead = vec![Vec::new(); 9];
            for (from, to) in &edges {
                ahead[*from as usize].push(*to);
            }
            let reach: Vec<Vec<u32>> = (0..9).map(|start| reached(&ahead, start, &mut [false; 9])).collect();
            let found = components(9, &edges);
            prop_assert_eq!(found.iter().map(Vec::len).sum::<usize>(), 9);
            for component in &found {
                let of = |place: u32| (0..9).filter(|other| reach[place as usize].contains(other) && reach[*other as usize].contains(&place)).collect::<Vec<u32>>();
                for place in component {
                    prop_assert_eq!(&of(*place), component);
                }
            }
        }
    }
}
