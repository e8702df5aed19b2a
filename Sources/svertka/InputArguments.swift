import ArgumentParser
import Batch
import Glibc

/// How the inputs of a batch are named: one by one, or in a list.
struct InputArguments: ParsableArguments {
    @Argument(help: "Files and folders.")
    var inputs: [PathArgument] = []

    @Option(help: "Read the paths of inputs from a file, one on each line; - is standard input.", completion: .file())
    var filesFrom: String?

    @Flag(
        name: [.customLong("null"), .customShort("0")], help: "The list of inputs has zero bytes instead of line ends.")
    var endsWithNull = false

    @Option(
        help: """
            What the list names below this folder is called as it would be if the folder itself were the input; may be \
            given several times.
            """)
    var base: [PathArgument] = []

    func validate() throws {
        if inputs.isEmpty == (filesFrom == nil) {
            throw ValidationError(
                inputs.isEmpty
                    ? "There is no input: name files or folders, or a list of them with --files-from."
                    : "Inputs and --files-from exclude each other.")
        }
        if inputs.contains(where: { $0.bytes == Array("-".utf8) }), access("-", F_OK) != 0 {
            throw ValidationError("Pictures are not read from standard input; a list of files is, by --files-from -.")
        }
        if endsWithNull, filesFrom == nil { throw ValidationError("--null is for --files-from.") }
        if !base.isEmpty, filesFrom == nil { throw ValidationError("--base is for --files-from.") }
    }

    /// Whether the inputs can be gone through more than once: what a pipe says is said only once.
    var isRepeatable: Bool {
        guard let filesFrom else { return true }
        var status = stat()
        return filesFrom != "-" && stat(filesFrom, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// From the beginning, each time.
    ///
    /// - Throws: `ExitStatus.environment`, having said why, where the list cannot be opened.
    func walk(share: Share? = nil) throws -> InputWalk {
        guard let filesFrom else { return InputWalk(.arguments(inputs.map(\.bytes)), share: share) }
        guard let lines = LineReader(path: filesFrom, end: endsWithNull ? 0 : 10) else {
            Terminal.say("\(filesFrom): \(String(cString: strerror(errno)))")
            throw ExitStatus.environment.error
        }
        return InputWalk(.lines(lines), share: share, bases: base.map(\.bytes))
    }

    /// The same options on another command line.
    var listOptions: [String] {
        guard let filesFrom else { return [] }
        let bases = base.flatMap { ["--base", String(decoding: $0.bytes, as: UTF8.self)] }
        return ["--files-from", filesFrom] + (endsWithNull ? ["--null"] : []) + bases
    }
}
