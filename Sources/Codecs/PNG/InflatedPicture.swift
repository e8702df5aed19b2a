import CDeflate
import Glibc

/// The image data of a PNG that is not interlaced, inflated as a whole; rows are undone one after the other.
///
/// This is the fast way for sound pictures of moderate size. It gives up at anything odd, so that libpng alone decides
/// what is damage.
final class InflatedPicture {
    private let bytes: UnsafeMutableRawBufferPointer
    private let firstAbove: UnsafeMutablePointer<UInt8>
    private let rowBytes: Int
    private let bytesPerPixel: Int
    private var nextRow = 0

    /// Bytes that image data of this many compressed bytes take while they are inflated.
    static func peakBytes(_ header: PNGHeader, imageData: Range<Int>) -> Int {
        let (inflated, overflow) = (header.storedRowBytes + 1).multipliedReportingOverflow(by: header.size.height)
        let (sum, overflowAgain) = inflated.addingReportingOverflow(imageData.count)
        return overflow || overflowAgain ? Int.max : sum
    }

    /// Nil when the data are anything but one sound zlib stream of the expected length in chunks with right CRCs.
    init?(_ file: FileWindow, _ structure: PNGStructure) throws(CodecError) {
        let header = structure.header
        rowBytes = header.storedRowBytes
        bytesPerPixel = max(1, header.storedChannels * header.bitDepth / 8)
        let expected = (rowBytes + 1) * header.size.height
        guard let compressed = try InflatedPicture.imageData(file, structure.imageData) else { return nil }
        defer { compressed.storage.deallocate() }
        guard let decompressor = libdeflate_alloc_decompressor() else { return nil }
        defer { libdeflate_free_decompressor(decompressor) }
        // Four more, because pixels of three bytes are read by fours.
        bytes = .allocate(byteCount: expected + 4, alignment: expected > 8 << 20 ? 2 << 20 : 64)
        // Fewer page faults; a kernel without large pages does as before.
        if expected > 8 << 20 { madvise(bytes.baseAddress, expected, MADV_HUGEPAGE) }
        firstAbove = .allocate(capacity: rowBytes + 4)
        firstAbove.initialize(repeating: 0, count: rowBytes + 4)
        var count = 0
        let result = libdeflate_zlib_decompress(
            decompressor, compressed.storage.baseAddress, compressed.count, bytes.baseAddress, expected, &count)
        guard result == LIBDEFLATE_SUCCESS, count == expected, hasOnlyKnownFilters else { return nil }
    }

    deinit {
        bytes.deallocate()
        firstAbove.deallocate()
    }

    private var hasOnlyKnownFilters: Bool {
        stride(from: 0, to: bytes.count - 4, by: rowBytes + 1).allSatisfy { bytes[$0] <= 4 }
    }

    /// The next row, undone. Valid until the picture goes.
    func next() -> UnsafePointer<UInt8> {
        let base = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
        let row = base + nextRow * (rowBytes + 1) + 1
        let above = nextRow == 0 ? UnsafePointer(firstAbove) : UnsafePointer(row - rowBytes - 1)
        RowFilter(rawValue: row[-1])!.undo(row, above: above, count: rowBytes, bytesPerPixel: bytesPerPixel)
        nextRow += 1
        return UnsafePointer(row)
    }

    /// The data of the IDAT chunks in `range`, joined; nil when a CRC is wrong or the file changed.
    private static func imageData(_ file: FileWindow, _ range: Range<Int>) throws(CodecError)
        -> (storage: UnsafeMutableRawBufferPointer, count: Int)?
    {
        let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 64)
        var isComplete = false
        defer { if !isComplete { storage.deallocate() } }
        guard try readFully(file.descriptor, at: range.lowerBound, into: storage) == range.count else { return nil }
        let base = storage.baseAddress!
        func word(_ offset: Int) -> Int {
            Int(UInt32(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
        var offset = 0
        var count = 0
        while offset < range.count {
            guard offset + 12 <= range.count, case let length = word(offset), length <= range.count - offset - 12,
                libdeflate_crc32(0, base + offset + 4, length + 4) == UInt32(word(offset + 8 + length))
            else { return nil }
            memmove(base + count, base + offset + 8, length)
            count += length
            offset += 12 + length
        }
        isComplete = true
        return (storage, count)
    }
}
