import Synchronization

/// Weights as the kernels want them, packed once for all plans of a network.
final class PackedWeights: Sendable {
    private struct State {
        var kept: [String: TensorStorage] = [:]
        /// Where the next weights go: small ones lie together, so that they share huge pages.
        var mapping: MemoryMapping?
        var used = 0
    }

    private let state = Mutex(State())
    private static let mappingSize = 16 << 20

    var byteCount: Int { state.withLock { $0.kept.values.reduce(0) { $0 + $1.byteCount } } }

    /// The packed weights of a key, made by `fill` the first time.
    ///
    /// - Parameter key: names the node and the way of packing; nil where the weights differ between plans.
    func storage(_ key: String?, count: Int, fill: (UnsafeMutablePointer<Float>) -> Void) -> TensorStorage {
        guard let key else {
            let storage = TensorStorage(byteCount: 4 * count)
            fill(storage.floats)
            return storage
        }
        if let found = state.withLock({ $0.kept[key] }) { return found }
        let storage = memory(4 * count)
        fill(storage.floats)
        return state.withLock { state in
            if let other = state.kept[key] { return other }
            state.kept[key] = storage
            return storage
        }
    }

    private func memory(_ byteCount: Int) -> TensorStorage {
        let size = TensorStorage.size(of: byteCount)
        if size >= MemoryMapping.hugePage { return TensorStorage(byteCount: byteCount) }
        return state.withLock { state in
            if state.mapping == nil || state.used + size > Self.mappingSize {
                state.mapping = MemoryMapping(byteCount: Self.mappingSize)
                state.used = 0
            }
            guard let mapping = state.mapping else { return TensorStorage(byteCount: byteCount) }
            defer { state.used += size }
            return TensorStorage(in: mapping, at: state.used, byteCount: byteCount)
        }
    }
}

extension TensorStorage {
    var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}
