import Glibc
import SystemPackage

/// Tells a whole PNG or JPEG from one that is still being written, by its first and last bytes alone.
///
/// A wrong "no" costs a quiet period; a wrong "yes" needs a file that happens to end, at the moment of the look, with
/// the end marker of its format.
enum PictureEnds {
    private static let pngStart: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    /// The whole IEND chunk: its length, its name, its checksum.
    private static let pngEnd: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]
    private static let jpegStart: [UInt8] = [0xff, 0xd8, 0xff]
    private static let jpegEnd: [UInt8] = [0xff, 0xd9]

    static func areWhole(in file: FileDescriptor, size: Int64) -> Bool {
        guard size >= Int64(pngStart.count + pngEnd.count), let head = bytes(of: file, at: 0, count: pngStart.count)
        else { return false }
        if head == pngStart {
            return bytes(of: file, at: size - Int64(pngEnd.count), count: pngEnd.count) == pngEnd
        }
        if head.starts(with: jpegStart) {
            return bytes(of: file, at: size - Int64(jpegEnd.count), count: jpegEnd.count) == jpegEnd
        }
        return false
    }

    private static func bytes(of file: FileDescriptor, at offset: Int64, count: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: count)
        let read = try? buffer.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: offset, into: $0) }
        return read == count ? buffer : nil
    }
}
