import Glibc
import SystemPackage

/// Why something under a watched root is not taken for input.
public enum IgnoredReason: Hashable, Sendable {
    case symbolicLink
    case namedPipe
    case socket
    case device
    /// A folder whose name the patterns would take for a picture; what lies in it is still looked at.
    case folder
    case notIncluded
    case excluded
    /// It lies in a folder inside the root, and these are not entered.
    case notRecursive
    /// The name says that a program is still writing: `.part`, `.crdownload`, …
    case unfinishedName
    /// A dot file, or a file in a dot folder.
    case hidden
    /// A temporary file of this program's own.
    case ownTemporary
    case unreadable(Errno)
    /// The same folder is watched under another path already (a bind mount, a loop).
    case sameFolder(as: FilePath)
    case tooDeep(limit: Int)
    case otherFileSystemObject
    /// A folder into which this program puts files itself.
    case ownFolder
}

extension IgnoredReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .symbolicLink: "is a symbolic link; links are never followed, put the file itself here"
        case .namedPipe: "is a named pipe, not a regular file"
        case .socket: "is a socket, not a regular file"
        case .device: "is a device, not a regular file"
        case .folder: "is a folder, though it is named like a picture; the files in it are taken"
        case .notIncluded: "matches none of the folder's include patterns"
        case .notRecursive: "lies in a subfolder, and recursive is false for this folder"
        case .excluded: "matches one of the folder's exclude patterns"
        case .unfinishedName: "has the name of an unfinished download; it is taken when it is renamed"
        case .hidden: "is hidden (a name that begins with a dot); rename it to have it taken"
        case .ownTemporary: "is a temporary file of svertka's own"
        case .unreadable(let error): "cannot be read: \(error); it is tried again when its permissions change"
        case .sameFolder(let other): "is the same folder as \(printable(other)), which is watched already"
        case .tooDeep(let limit): "lies more than \(limit) folders deep"
        case .otherFileSystemObject: "is not a regular file"
        case .ownFolder: "is a folder into which svertka puts files itself; what lies in it is never input"
        }
    }
}

/// The path for a message: control characters, quotes' enemies and bytes that are not UTF-8 as `\xNN`.
func printable(_ path: FilePath) -> String {
    path.withPlatformString { start in
        let bytes = UnsafeRawBufferPointer(start: start, count: strlen(start))
        var text = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                text += scalar.utf8Escape
            default:
                text.unicodeScalars.append(scalar)
            }
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            return bytes.reduce(into: "") { text, byte in
                text += (0x20..<0x7f).contains(byte) ? String(UnicodeScalar(byte)) : hexEscape(byte)
            }
        }
        return text
    }
}

private func hexEscape(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
}

extension UnicodeScalar {
    fileprivate var utf8Escape: String {
        String(Character(self)).utf8.map(hexEscape).joined()
    }
}
