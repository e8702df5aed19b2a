import Glibc
import SystemPackage

/// Why a file failed, as a JSON document that lies beside it: `NAME.error.json`.
public struct FailureNote: Hashable, Sendable {
    /// The file's name, or its path below the watched folder.
    public var file: FilePath
    /// A short name of the failure that programs can compare, in kebab case: `truncated-image`.
    public var code: String
    public var failureClass: FailureClass
    /// The step of the pipeline, as in `step 2 (convolve)`; nil where the failure is not one of a step.
    public var step: String?
    /// What happened.
    public var message: String
    /// What to do.
    public var hint: String
    /// How often it was tried.
    public var attempts: Int
    /// Seconds since 1970.
    public var time: Int64

    /// - Parameter time: seconds since 1970; now by default.
    public init(
        file: FilePath, code: String, failureClass: FailureClass, step: String? = nil, message: String, hint: String,
        attempts: Int = 1, time: Int64? = nil
    ) {
        self.file = file
        self.code = code
        self.failureClass = failureClass
        self.step = step
        self.message = message
        self.hint = hint
        self.attempts = attempts
        self.time = time ?? OwnerLife.Moment.now.time
    }

    /// The note's name beside a file called `name`. Where that is too long for the file system, the name is cut, and a
    /// checksum of the whole name keeps notes of different files apart.
    ///
    /// - Parameter limit: the longest name in bytes.
    public static func name(for name: FilePath.Component, limit: Int = 255) -> FilePath.Component {
        let ending = ".error.json"
        let bytes = PrintableName.bytes(of: name)
        if bytes.count + ending.utf8.count <= limit { return NumberedName.appending(ending, to: name, limit: limit) }
        let checksum = bytes.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return NumberedName.appending("~\(String(checksum, radix: 16))\(ending)", to: name, limit: limit)
    }

    /// Writes the note as `NAME.error.json`, whole or not at all; an older note of that name is replaced.
    ///
    /// - Parameters:
    ///   - path: where the failed file is, below `root`: the note gets its place and name from it.
    ///   - durable: whether the note is flushed to the disk.
    /// - Returns: where the note is, below `root`.
    public func write(
        beside path: FilePath, below root: FilePath, durable: Bool = true
    ) throws(OutboxError) -> FilePath {
        try write(beside: path, below: root, durable: durable, calls: .system)
    }

    func write(
        beside path: FilePath, below root: FilePath, durable: Bool, calls: FileCalls
    ) throws(OutboxError) -> FilePath {
        guard let name = path.lastComponent, name.kind == .regular else {
            throw OutboxError(.create, path, .pathLeavesFolder)
        }
        let notePath = path.removingLastComponent().appending(Self.name(for: name))
        let publication = try Publication(root: root, durable: durable, calls: calls)
        // Nil is for the policy `skip` only.
        guard let descriptor = try publication.create(notePath, onConflict: .replace) else { return notePath }
        try OutboxError.wrapping(.write, root.appending(notePath.components)) { () throws(Errno) in
            let bytes = json
            let failure = bytes.withUnsafeBytes { buffer -> Errno? in
                do throws(Errno) { try calls.writeAll(buffer, to: descriptor) } catch { return error }
                return nil
            }
            if let failure { throw failure }
        }
        _ = try publication.commit()
        return notePath
    }

    /// The document. `file` is the name as text; where the name is not UTF-8, its invalid bytes stand as `\xNN` there,
    /// and `fileBase64` holds the exact bytes.
    public var json: [UInt8] {
        let bytes = PrintableName.bytes(of: file)
        var members: [(String, String)] = [("version", "1")]
        if let text = String(validating: bytes, as: UTF8.self) {
            members.append(("file", JSONText.string(text)))
        } else {
            members.append(("file", JSONText.string(PrintableName.escaped(bytes))))
            members.append(("fileBase64", JSONText.string(JSONText.base64(bytes))))
        }
        members.append(("code", JSONText.string(code)))
        members.append(("class", JSONText.string(failureClass.rawValue)))
        if let step { members.append(("step", JSONText.string(step))) }
        members.append(("message", JSONText.string(message)))
        members.append(("hint", JSONText.string(hint)))
        members.append(("attempts", "\(attempts)"))
        members.append(("time", JSONText.string(JSONText.time(time))))
        let lines = members.map { "  \(JSONText.string($0.0)): \($0.1)" }
        return Array("{\n\(lines.joined(separator: ",\n"))\n}\n".utf8)
    }
}
