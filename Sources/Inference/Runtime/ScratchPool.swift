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

    func take() -> TensorStorage {
        free.withLock { $0.popLast() } ?? TensorStorage(byteCount: byteCount, isZeroed: false)
    }

    func giveBack(_ storage: TensorStorage) { free.withLock { $0.append(storage) } }
}
