/// The value beyond the edge of a picture.
public enum BorderMode: String, Sendable, CaseIterable {
    /// The nearest sample inside: `a a | a b c | c c`.
    case replicate
    /// Mirrored at the outermost sample, which is not repeated (reflect101): `c b | a b c | b a`.
    case reflect
    /// 0.
    case zero
    /// The picture repeats: `b c | a b c | a b`.
    case wrap
    /// Nothing lies beyond the edge: the result has `n - 1` fewer rows and columns.
    case valid

    /// The index inside `0..<count` whose sample stands for `index`; nil where it is 0.
    public func source(of index: Int, count: Int) -> Int? {
        if index >= 0, index < count { return index }
        switch self {
        case .replicate, .valid: return min(max(index, 0), count - 1)
        case .zero: return nil
        case .wrap: return ((index % count) + count) % count
        case .reflect:
            if count == 1 { return 0 }
            let period = 2 * (count - 1)
            let folded = ((index % period) + period) % period
            return folded < count ? folded : period - folded
        }
    }
}
