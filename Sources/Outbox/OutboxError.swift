import SystemPackage

/// Why a result, a failure note or an original could not be put where it belongs.
public struct OutboxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done.
    public enum Operation: String, Hashable, Sendable {
        case openFolder = "open the folder"
        case createFolder = "create the folder"
        case create = "create"
        case read = "read"
        case write = "write"
        case flush = "flush to disk"
        case close = "close"
        case publish = "publish"
        case remove = "remove"
        case move = "move"
    }

    public enum Reason: Hashable, Sendable {
        /// The system refused.
        case system(Errno)
        /// Something else has the name, and the policy is to fail.
        case nameTaken
        /// Another input of the same run has claimed the name.
        case claimedByOtherInput
        /// Every numbered name that was tried is taken.
        case everyNumberTaken(upTo: Int)
        /// The path is absolute, empty, or has a component `.` or `..`.
        case pathLeavesFolder
        /// A component is longer than the file system allows, in bytes.
        case nameTooLong(bytes: Int, allowed: Int)
        /// The folder's path now leads to another folder than the one that was opened.
        case folderReplaced
        /// The file at the path is not the one that was meant: it was replaced or changed meanwhile.
        case fileChanged
        /// The publication was committed or abandoned before.
        case alreadyEnded
    }

    public let operation: Operation
    public let path: FilePath
    public let reason: Reason

    public init(_ operation: Operation, _ path: FilePath, _ reason: Reason) {
        self.operation = operation
        self.path = path
        self.reason = reason
    }

    /// Runs calls of the system, and says of a failure what was being done to which file.
    static func wrapping<Value>(
        _ operation: Operation, _ path: FilePath, _ calls: () throws(Errno) -> Value
    ) throws(OutboxError) -> Value {
        do { return try calls() } catch { throw OutboxError(operation, path, .system(error)) }
    }

    /// The system's error number, where the system refused.
    public var errno: Errno? {
        if case .system(let errno) = reason { errno } else { nil }
    }

    public var failureClass: FailureClass {
        switch reason {
        case .system(let errno): Self.permanent.contains(errno) ? .permanent : .transient
        case .nameTaken, .claimedByOtherInput, .everyNumberTaken: .policy
        case .pathLeavesFolder, .nameTooLong, .alreadyEnded: .permanent
        case .folderReplaced, .fileChanged: .transient
        }
    }

    /// Errors whose cause is the name or the kind of file; every other one is about the surroundings.
    private static let permanent: Set<Errno> = [
        .fileNameTooLong, .invalidArgument, .tooManySymbolicLinkLevels, .isDirectory, .notDirectory,
        .illegalByteSequence, .fileTooLarge,
    ]

    /// What happened and where, for a person.
    public var message: String { "cannot \(operation.rawValue) \(PrintableName.quoted(path)): \(cause)" }

    private var cause: String {
        switch reason {
        case .system(let errno): "\(errno)"
        case .nameTaken: "a file of that name exists"
        case .claimedByOtherInput: "another input gives a result of that name"
        case .everyNumberTaken(let last): "a file of that name exists, and so do all numbered ones up to \(last)"
        case .pathLeavesFolder: "the name of a result is a relative path without . and .."
        case .nameTooLong(let bytes, let allowed): "a part of the name has \(bytes) bytes, \(allowed) are allowed"
        case .folderReplaced: "the folder was moved away or replaced while results were written into it"
        case .fileChanged: "it was replaced or changed meanwhile"
        case .alreadyEnded: "its publication has ended"
        }
    }

    /// What to do about it.
    public var hint: String {
        switch reason {
        case .system(.noSpace): "free space (or inodes: df -i) on the disk of that folder"
        case .system(.diskQuotaExceeded): "raise the disk quota of the user that svertka runs as"
        case .system(.readOnlyFileSystem):
            "remount the file system writable; for the service, list the folder's parent in ReadWritePaths="
        case .system(.fileTooLarge):
            "the file system, or LimitFSIZE= of the service, allows no file of that size: make the result smaller"
        case .system(.ioError): "look for errors of the disk in the kernel's log (dmesg)"
        case .system(.permissionDenied), .system(.notPermitted):
            "give the user that svertka runs as the right to write there"
        case .system(.noSuchFileOrDirectory): "create the folder again"
        case .system(.tooManyOpenFiles), .system(.tooManyOpenFilesInSystem): "raise LimitNOFILE= or ulimit -n"
        case .system(.tooManySymbolicLinkLevels), .system(.notDirectory):
            "results are not written through symbolic links: put a real folder there"
        case .system: "see the system's message"
        case .nameTaken: "choose another conflict policy (replace, number, skip), or move the existing file away"
        case .claimedByOtherInput: "use {folder} or {ext} in the step's file template, or the policy number"
        case .everyNumberTaken: "empty the folder"
        case .pathLeavesFolder: "correct the step's file template"
        case .nameTooLong: "shorten the name of the file or of the folder"
        case .folderReplaced: "leave the folder in place while svertka runs; the file is tried again"
        case .fileChanged: "it is looked at again"
        case .alreadyEnded: "report this as a bug"
        }
    }

    public var description: String { "\(message); \(hint)" }
}
