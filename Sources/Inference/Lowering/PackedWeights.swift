import Synchronization

/// Weights as the kernels want them, packed once for all plans of a network.
final class PackedWeights: Sendable {
    private let kept = Mutex<[String: TensorStorage]>([:])

    var byteCount: Int { kept.withLock { $0.values.reduce(0) { $0 + $1.byteCount } } }

    /// The packed weights of a key, made by `fill` the first time.
    ///
    /// - Parameter key: names the node and the way of packing; nil where the weights differ between plans.
    func storage(_ key: String?, count: Int, fill: (UnsafeMutablePointer<Float>) -> Void) -> TensorStorage {
        if let key, let found = kept.withLock({ $0[key] }) { return found }
        let storage = TensorStorage(byteCount: 4 * count)
        fill(storage.base.assumingMemoryBound(to: Float.self))
        guard let key else { return storage }
        return kept.withLock { kept in
            if let other = kept[key] { return other }
            kept[key] = storage
            return storage
        }
    }
}

extension TensorStorage {
    var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}
