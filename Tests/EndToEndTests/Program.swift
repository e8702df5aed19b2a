import Foundation
import Testing

/// A program of this package, run as its users run it.
struct Program {
    let path: String

    /// `SVERTKA_BINARY`, or the one that was built beside the tests.
    static let svertka = Program(
        path: ProcessInfo.processInfo.environment["SVERTKA_BINARY"] ?? built("svertka"))
    static let samplePicture = Program(path: built("sample-picture"))

    private static func built(_ name: String) -> String {
        // The runner of the tests lies in the toolchain, their bundle lies beside the program.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: name).path
    }

    struct Result {
        /// The exit code, or 128 + the signal that ended the program.
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs the program to its end.
    ///
    /// - Parameter seconds: how long it may take, far more than it needs; then it is killed and the test fails.
    @discardableResult
    func run(
        _ arguments: String..., in folder: Folder, input: String? = nil, environment: [String: String] = [:],
        seconds: Double = 120, at location: SourceLocation = #_sourceLocation
    ) throws -> Result {
        try start(arguments.map { Array($0.utf8) }, in: folder, input: input, environment: environment)
            .wait(seconds: seconds, at: location)
    }

    /// Starts the program; arguments are bytes, as the kernel has them.
    func start(
        _ arguments: [[UInt8]], in folder: Folder, input: String? = nil, environment: [String: String] = [:]
    ) throws -> RunningProgram {
        // Files and no pipes: nobody has to read while the program runs.
        let streams = folder.path + "/.streams-" + UUID().uuidString
        try Data((input ?? "").utf8).write(to: URL(filePath: streams + ".in"))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, streams + ".in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, streams + ".out", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, streams + ".err", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var variables = ProcessInfo.processInfo.environment
        variables.merge(environment) { _, new in new }
        // env goes to the folder and becomes the program.
        var argv =
            (["env", "-C", folder.path, path].map { Array($0.utf8) } + arguments).map { strdup($0 + [0]) } + [nil]
        var envp = variables.map { strdup(Array("\($0.key)=\($0.value)".utf8) + [0]) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/usr/bin/env", &actions, nil, &argv, &envp)
        guard code == 0 else {
            throw ProgramFault(text: "\(path) cannot be started: \(String(cString: strerror(code)))")
        }
        return RunningProgram(process: process, streams: streams)
    }
}

private func strdup(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
    bytes.withUnsafeBufferPointer { buffer in
        buffer.withMemoryRebound(to: CChar.self) { Foundation.strdup($0.baseAddress!) }
    }
}

struct ProgramFault: Error {
    let text: String
}

final class RunningProgram {
    let process: pid_t
    private let streams: String
    private var status: Int32?

    init(process: pid_t, streams: String) {
        self.process = process
        self.streams = streams
    }

    deinit {
        if status == nil {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
    }

    var output: String { text(".out") }
    var errors: String { text(".err") }

    private func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: streams + name) ?? Data(), as: UTF8.self)
    }

    func signal(_ number: Int32) { kill(process, number) }

    var isRunning: Bool {
        if status == nil {
            var raw: Int32 = 0
            if waitpid(process, &raw, WNOHANG) == process {
                status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
            }
        }
        return status == nil
    }

    func wait(
        seconds: Double = 120, at location: SourceLocation = #_sourceLocation
    ) throws -> Program.Result {
        guard until(seconds: seconds, { !isRunning }) else {
            Issue.record("still running after \(seconds) s:\n\(errors)", sourceLocation: location)
            throw ProgramFault(text: "still running")
        }
        return Program.Result(status: status!, output: output, errors: errors)
    }
}

/// Looks again and again whether something has become true; false when it has not in time.
func until(seconds: Double = 60, _ isTrue: () throws -> Bool) rethrows -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    while clock.now < end {
        if try isTrue() { return true }
        usleep(10_000)
    }
    return try isTrue()
}
