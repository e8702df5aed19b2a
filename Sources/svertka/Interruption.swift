import Daemon
import Foundation
import Glibc
import Scheduling

/// Ctrl-C and the stop signal end a batch between two strips; a second one ends the program at once.
enum Interruption {
    static func watch(_ token: CancellationToken) throws {
        let signals: Int32
        do {
            signals = try ControlSignals.listen(for: [SIGINT, SIGTERM]).rawValue
        } catch {
            Terminal.say("there is no pipe for signals: \(error)")
            throw ExitStatus.environment.error
        }
        let thread = Thread {
            while true {
                var request = pollfd(fd: signals, events: Int16(POLLIN), revents: 0)
                poll(&request, 1, -1)
                var signal: UInt8 = 0
                guard read(signals, &signal, 1) == 1 else { continue }
                if token.isCancelled { ExitStatus.interrupted.leave() }
                token.cancel("signal \(signal)")
            }
        }
        thread.name = "signals"
        thread.start()
    }
}
