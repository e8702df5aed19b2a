/// A name in 128 bits instead of the hundreds that paths take, for sets of many millions. The hashes are seeded anew in
/// each process, so that nobody can make names that fall together.
public struct NameDigest: Hashable, Sendable {
    private let first: Int
    private let second: Int

    /// - Parameter combine: gives the parts of the name to a hasher; called twice.
    public init(_ combine: (inout Hasher) -> Void) {
        func hash(_ seed: Int) -> Int {
            var hasher = Hasher()
            hasher.combine(seed)
            combine(&hasher)
            return hasher.finalize()
        }
        first = hash(0)
        second = hash(1)
    }
}
