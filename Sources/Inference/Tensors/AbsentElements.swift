import Synchronization

/// Elements that are read or made again each time that somebody wants them and nobody has them.
final class AbsentElements: Sendable {
    private struct Shared {
        weak var storage: TensorStorage?
    }

    private let byteCount: Int
    private let fill: @Sendable (UnsafeMutableRawPointer) -> Void
    private let shared = Mutex(Shared())

    init(byteCount: Int, fill: @escaping @Sendable (UnsafeMutableRawPointer) -> Void) {
        self.byteCount = byteCount
        self.fill = fill
    }

    var isResident: Bool { shared.withLock { $0.storage != nil } }

    func storage() -> TensorStorage {
        shared.withLock { shared in
            if let storage = shared.storage { return storage }
            let storage = TensorStorage(byteCount: byteCount)
            fill(storage.base)
            shared.storage = storage
            return storage
        }
    }
}
