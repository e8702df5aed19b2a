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

/// Memory for the outputs of a network, kept for the next run: the heap maps larger pieces anew each time, and the page
/// faults took a tenth of the time of some networks.
final class OutputPool: Sendable {
    /// The most bytes that are kept.
    private static let keptByteCount = 16 << 20
    /// Smaller pieces the heap keeps itself.
    private static let leastByteCount = 128 << 10

    private let free = Mutex<[TensorStorage]>([])

    /// Memory that comes back when nobody holds it any more; what it holds has no meaning.
    func take(byteCount: Int) -> TensorStorage {
        if byteCount < Self.leastByteCount { return TensorStorage(byteCount: byteCount, isZeroed: false) }
        let kept = free.withLock { free in
            free.lastIndex { $0.byteCount == byteCount }.map { free.remove(at: $0) }
        }
        return TensorStorage(kept ?? TensorStorage(byteCount: byteCount, isZeroed: false), lentBy: self)
    }

    func giveBack(_ storage: TensorStorage) {
        free.withLock { free in
            free.append(storage)
            var total = free.reduce(0) { $0 + $1.byteCount }
            while total > Self.keptByteCount { total -= free.removeFirst().byteCount }
        }
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
