import Glibc
import Raster

/// What kept a picture from being read or written.
public enum CodecError: Error, Sendable, Equatable {
    /// The bytes are no picture of a known format; `found` says what they look like.
    case notAnImage(found: String)
    /// A sound picture with a feature that is not read: 12-bit JPEG, for one.
    case unsupported(ImageFormat, feature: String)
    /// The structure of the file is wrong: a header, a chunk, a table.
    case malformed(ImageFormat, detail: String, offset: Int?)
    /// The file ends before the picture does. `row`: the first row that is missing.
    case truncated(ImageFormat, detail: String, row: Int?)
    /// The compressed samples are wrong. `row`: the first row that is affected, as far as that is known.
    case damaged(ImageFormat, detail: String, row: Int?)
    /// A limit of the configuration is exceeded.
    case limit(DecodeLimit, found: String, allowed: String)
    /// A system call failed.
    case io(operation: String, errno: Int32)
    /// Memory could not be had; `bytes` is what was asked for, where that is known.
    case outOfMemory(operation: String, bytes: Int?)
    /// The caller's cancellation took effect.
    case cancelled
    /// The picture cannot be stored in this format as it is: alpha in a JPEG, for one.
    case notEncodable(ImageFormat, reason: String)
    /// A colour profile cannot be used.
    case profile(detail: String)
}

extension CodecError {
    /// A stable name of the kind of failure.
    public var code: String {
        switch self {
        case .notAnImage: "not-an-image"
        case .unsupported: "unsupported"
        case .malformed: "malformed"
        case .truncated: "truncated"
        case .damaged: "damaged"
        case .limit(let limit, _, _): "limit-" + limit.rawValue
        case .io: "io"
        case .outOfMemory: "out-of-memory"
        case .cancelled: "cancelled"
        case .notEncodable: "not-encodable"
        case .profile: "profile"
        }
    }

    /// Whether another try may succeed without a change of the file or of the configuration.
    public var isTransient: Bool {
        switch self {
        case .io(_, let code): code != EISDIR && code != EFBIG
        case .outOfMemory, .cancelled: true
        default: false
        }
    }

    /// What happened, and where.
    public var message: String {
        switch self {
        case .notAnImage(let found): "not a PNG or JPEG picture: \(found)"
        case .unsupported(let format, let feature): "\(format.displayName) with \(feature) is not supported"
        case .malformed(let format, let detail, let offset):
            "malformed \(format.displayName): \(detail)" + (offset.map { " (at byte \($0))" } ?? "")
        case .truncated(let format, let detail, let row):
            "truncated \(format.displayName): \(detail)" + (row.map { " (rows from \($0) on are missing)" } ?? "")
        case .damaged(let format, let detail, let row):
            "damaged \(format.displayName): \(detail)" + (row.map { " (near row \($0))" } ?? "")
        case .limit(let limit, let found, let allowed): "\(limit.subject) is \(found); allowed is \(allowed)"
        case .io(let operation, let code): "\(operation) failed: \(String(cString: strerror(code)))"
        case .outOfMemory(let operation, let bytes):
            "no memory for \(operation)" + (bytes.map { " (\($0) bytes)" } ?? "")
        case .cancelled: "cancelled"
        case .notEncodable(let format, let reason): "cannot be stored as \(format.displayName): \(reason)"
        case .profile(let detail): "colour profile: \(detail)"
        }
    }

    /// What can be done about it.
    public var hint: String {
        switch self {
        case .notAnImage: "give a PNG or a JPEG file; the name's ending does not matter, the content does"
        case .unsupported: "save the picture as an 8-bit JPEG or as a PNG"
        case .malformed: "export the picture again from its source"
        case .truncated, .damaged:
            "copy the file again, or set \"onTruncated\": \"salvage\" in the decode step to keep what can be read"
        case .limit(let limit, _, _): "raise \(limit.key) if the file is trusted"
        case .io(_, ENOSPC), .io(_, EDQUOT): "free some space on the target's file system"
        case .io: "look at the file system and at the permissions; the file is tried again"
        case .outOfMemory: "lower the number of workers or raise the memory budget"
        case .cancelled: "start it again"
        case .notEncodable(.jpeg, _): "encode as PNG, or drop alpha and depth before the encode step"
        case .notEncodable(.png, _): "encode with samples of 8 or 16 bits, or make the picture gray before"
        case .profile: "remove the profile, or save the picture with a valid one"
        }
    }
}

extension CodecError: CustomStringConvertible {
    public var description: String { message + "; " + hint }
}
