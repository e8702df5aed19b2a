import Synchronization

/// Working memory of the threads of a run, kept for the next piece of work and the next run.
final class ScratchPool: Sendable {
    let byteCount: Int
    private let free = Mutex<[TensorStorage]>([])

    /// - Parameter byteCount: of each piece of memory.
    init(byteCount: Int) { self.byteCount = byteCount }

    /// Lends a piece of memory that nobody else uses meanwhile; what it holds has no meaning.
    func withMemory(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        let storage = free.withLock { $0.popLast() } ?? TensorStorage(byteCount: byteCount, isZeroed: false)
        body(storage.base.assumingMemoryBound(to: Float.self))
        free.withLock { $0.append(storage) }
    }
}

/// Memory for the values between the layers of a network, kept for the next run whatever its shapes are.
final class ArenaPool: Sendable {
    /// Larger pieces are given back after each run: what a run of one large picture took is not the next one's.
    static let keptByteCount = 128 << 20

    private let free = Mutex<[TensorStorage]>([])

    /// Memory of at least so many bytes; what it holds has no meaning.
    func take(byteCount: Int) -> TensorStorage {
        let fitting = free.withLock { free -> TensorStorage? in
            let best = free.indices.filter { free[$0].byteCount >= byteCount }.min {
                free[$0].byteCount < free[$1].byteCount
            }
            if let best { return free.remove(at: best) }
            // One that is too small makes room for the one that is made in its place.
            _ = free.popLast()
            return nil
        }
        return fitting ?? TensorStorage(byteCount: byteCount, isZeroed: false)
    }

    func giveBack(_ storage: TensorStorage) {
        if storage.byteCount <= Self.keptByteCount { free.withLock { $0.append(storage) } }
    }
}
