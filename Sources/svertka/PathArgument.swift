import ArgumentParser
import CLinux
import Glibc
import Outbox
import SystemPackage

/// A path on the command line, in bytes as the kernel has it.
///
/// A string holds text, and mends what is no UTF-8: a file of such a name would not be found. On their way through the
/// parser the bytes of a wrong sequence are therefore single characters of a private range, `U+10FF00` + byte; so are
/// the bytes of true characters of that range, so that nothing is mistaken.
struct PathArgument: ExpressibleByArgument {
    let bytes: [UInt8]

    static var defaultCompletionKind: CompletionKind { .file() }

    private static let offset: UInt32 = 0x10_FF00

    init(argument: String) {
        bytes = argument.unicodeScalars.flatMap { scalar in
            Self.isPrivate(scalar) ? [UInt8(scalar.value - Self.offset)] : Array(String(scalar).utf8)
        }
    }

    var filePath: FilePath { FilePath(bytes: bytes) }

    /// For messages.
    var printable: String { PrintableName.escaped(bytes) }

    private static func character(of byte: UInt8) -> Unicode.Scalar { Unicode.Scalar(offset + UInt32(byte))! }

    private static func isPrivate(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= offset + 0x80 }

    /// What the program was called with, without its own name, as text for the parser.
    static var commandLine: [String] {
        (1..<max(1, clinux_argument_count())).compactMap { index in
            clinux_argument(index).map { text(of: UnsafeBufferPointer(start: $0, count: strlen($0))) }
        }
    }

    private static func text(of argument: UnsafeBufferPointer<CChar>) -> String {
        var pieces = UTF8Pieces(bytes: argument.map { UInt8(bitPattern: $0) })
        var scalars = String.UnicodeScalarView()
        while let piece = pieces.next() {
            switch piece {
            case .scalar(let scalar) where isPrivate(scalar): scalars += String(scalar).utf8.map(character)
            case .scalar(let scalar): scalars.append(scalar)
            case .invalid(let byte): scalars.append(character(of: byte))
            }
        }
        return String(scalars)
    }
}
