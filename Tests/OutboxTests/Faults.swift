import Synchronization
import SystemPackage

@testable import Outbox

/// Makes system calls fail on purpose: the nth one, or every one from the nth on, as if the process had died there.
final class Faults: Sendable {
    enum Kind: CaseIterable { case once, dead }

    private let nth: Int
    private let kind: Kind
    private let error: Errno
    private let counter = Atomic<Int>(0)
    private let failedCall = Mutex<FileCalls.Call?>(nil)

    init(at nth: Int, _ kind: Kind, _ error: Errno = .ioError) {
        self.nth = nth
        self.kind = kind
        self.error = error
    }

    /// Whether the nth call was reached.
    var happened: Bool { counter.load(ordering: .relaxed) >= nth }

    /// Which call failed first.
    var firstFailed: FileCalls.Call? { failedCall.withLock { $0 } }

    var calls: FileCalls {
        FileCalls { call in
            let count = self.counter.wrappingAdd(1, ordering: .relaxed).newValue
            guard count == self.nth || (self.kind == .dead && count > self.nth) else { return nil }
            self.failedCall.withLock { $0 = $0 ?? call }
            return self.error
        }
    }
}
