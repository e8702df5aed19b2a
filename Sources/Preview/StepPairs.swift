import Pipelines
import Specification

/// The steps of two pipelines side by side: the longest sequence of steps of one kind in both, where steps that are
/// called the same or are the same go together before others.
enum StepPairs {
    static func align(_ old: [StepOutline], _ new: [StepOutline]) -> [(old: StepOutline?, new: StepOutline?)] {
        var best = [[Int]](repeating: [Int](repeating: 0, count: new.count + 1), count: old.count + 1)
        for i in old.indices.reversed() {
            for j in new.indices.reversed() {
                let alike = likeness(old[i], new[j])
                best[i][j] = max(best[i + 1][j], best[i][j + 1], alike > 0 ? alike + best[i + 1][j + 1] : 0)
            }
        }
        var pairs: [(old: StepOutline?, new: StepOutline?)] = []
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            let alike = i < old.count && j < new.count ? likeness(old[i], new[j]) : 0
            if alike > 0, best[i][j] == alike + best[i + 1][j + 1] {
                pairs.append((old[i], new[j]))
                (i, j) = (i + 1, j + 1)
            } else if i < old.count, j == new.count || best[i][j] == best[i + 1][j] {
                pairs.append((old[i], nil))
                i += 1
            } else {
                pairs.append((nil, new[j]))
                j += 1
            }
        }
        return pairs
    }

    private static func likeness(_ old: StepOutline, _ new: StepOutline) -> Int {
        guard old.op == new.op else { return 0 }
        return 4 + (!old.names.isEmpty && old.names == new.names ? 1 : 0)
            + (JSONWriter.text(old.canonical) == JSONWriter.text(new.canonical) ? 2 : 0)
    }

    /// The keys that the two say differently, `op` aside; nil for one that only the other has.
    static func changes(
        _ old: StepOutline, _ new: StepOutline
    ) -> [(key: String, old: JSONNode?, new: JSONNode?)] {
        guard case .object(let before) = old.canonical, case .object(let after) = new.canonical else { return [] }
        let keys = before.map(\.key) + after.map(\.key).filter { key in !before.contains { $0.key == key } }
        return keys.compactMap { key in
            let (was, now) = (before.first { $0.key == key }?.value, after.first { $0.key == key }?.value)
            return was.map { JSONWriter.text($0) } == now.map { JSONWriter.text($0) } ? nil : (key, was, now)
        }
    }
}
