import Foundation
import Glibc
import Scheduling

/// Ctrl-C and the stop signal end a batch between two strips; a second one ends the program at once.
enum Interruption {
    /// Called before any other thread starts, so that all of them leave the signals to the one that waits for them.
    static func watch(_ token: CancellationToken) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let thread = Thread { [signals] in
            var signals = signals
            var signal: Int32 = 0
            sigwait(&signals, &signal)
            token.cancel("signal \(signal)")
            sigwait(&signals, &signal)
            ExitStatus.interrupted.leave()
        }
        thread.name = "signals"
        thread.start()
    }
}
