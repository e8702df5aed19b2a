import Glibc

/// One line of the corpus' MANIFEST.tsv.
struct CorpusFile: CustomStringConvertible {
    let name: String
    let path: String
    /// "ok", "reject" or "either".
    let expected: String
    let policy: String
    /// EXIF's, where the file has one.
    let orientation: Int?
    /// The reference decoder's outcome: "ok", "warn", "error", …
    let referenceStatus: String
    /// Width, height, channels, bits.
    let referenceShape: [Int]
    let referenceHash: String

    var description: String { name }
    var dependsOnPolicy: Bool { policy == "truncated" }
}

/// The corpus; empty when it is not there.
let corpus: [CorpusFile] = {
    guard let folder = sharedFolder.map({ $0 + "/corpus" }),
        let manifest = TemporaryFile(path: folder + "/MANIFEST.tsv")
    else { return [] }
    let lines = String(decoding: manifest.bytes, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst()
    return lines.map { line in
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        return CorpusFile(
            name: fields[0], path: folder + "/" + fields[0], expected: fields[5], policy: fields[6],
            orientation: Int(fields[11]), referenceStatus: fields[12],
            referenceShape: fields[13].split(separator: "x").compactMap { Int($0) },
            referenceHash: fields[14])
    }
}()

/// SHA-256 in hexadecimal, by the system's program.
func sha256(_ bytes: [UInt8]) -> String {
    let input = TemporaryFile(bytes)
    let output = TemporaryFile()
    lseek(input.descriptor, 0, SEEK_SET)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.descriptor, 0)
    posix_spawn_file_actions_adddup2(&actions, output.descriptor, 1)
    let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sha256sum"), nil]
    defer { free(arguments[0]) }
    var process: pid_t = 0
    guard posix_spawnp(&process, "sha256sum", &actions, nil, arguments, environ) == 0 else { return "" }
    var state: Int32 = 0
    waitpid(process, &state, 0)
    return String(decoding: output.bytes.prefix(64), as: UTF8.self)
}
