/// The candidate that a word was most likely meant to be; nil where none is near.
///
/// Near means: at most a third of the letters differ, where inserting, deleting, replacing and swapping two neighbours
/// count as one each; a word that another begins with counts as near too. Upper and lower case, `-` and `_` are taken
/// for the same.
public func nearest(_ word: String, in candidates: [String]) -> String? {
    let wanted = comparable(word)
    guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
        let other = comparable(candidate)
        let isBeginning =
            wanted.count >= 3 && (other.starts(with: wanted) || (other.count >= 3 && wanted.starts(with: other)))
        let distance = isBeginning && wanted != other ? 1 : editDistance(wanted, other)
        guard distance <= max(1, max(wanted.count, other.count) / 3), distance < wanted.count else { continue }
        if best.map({ distance < $0.distance }) ?? true { best = (distance, candidate) }
    }
    return best?.candidate
}

private func comparable(_ word: String) -> [UInt8] {
    word.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: " ") }
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
private func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for row in 0..<first.count {
        var current = [row + 1]
        for column in 0..<second.count {
            let replaced = last[column] + (first[row] == second[column] ? 0 : 1)
            var cost = min(replaced, last[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                cost = min(cost, beforeLast[column - 1] + 1)
            }
            current.append(cost)
        }
        (beforeLast, last) = (last, current)
    }
    return last[second.count]
}
