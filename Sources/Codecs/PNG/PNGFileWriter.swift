import CDeflate
import Glibc
import Raster

/// Writes a PNG that is not interlaced: rows are collected in strips, which are deflated by libdeflate, several at once
/// where there are threads for it. The bytes do not depend on the threads.
final class PNGFileWriter {
    private let picture: DecodedFormat
    private let plan: PNGStrip.Plan
    private let parallelFor: ParallelFor?
    private let output: OutputBuffer
    /// Filled one after the other, and deflated together.
    private var strips: [PNGStrip] = []
    private var current = 0
    private var rowsLeft: Int
    private var checksum: UInt32 = 1
    private var hasImageData = false

    /// How many strips are deflated at once.
    static let batch = 8

    init(_ descriptor: Int32, _ picture: DecodedFormat, options: EncodeOptions, parallelFor: ParallelFor?)
        throws(CodecError)
    {
        self.picture = picture
        self.parallelFor = parallelFor
        output = OutputBuffer(descriptor: descriptor)
        rowsLeft = picture.size.height
        let packing = options.bitDepth.map { LevelPacking(depth: $0) }
        plan = PNGStrip.Plan(
            rowBytes: packing?.rowBytes(width: picture.size.width) ?? picture.bytesPerRow,
            bytesPerPixel: picture.layout.count * picture.sampleType.byteCount,
            filters: options.filters, level: options.compression,
            stripBytes: options.stripBytes, packing: packing)
        let total = (picture.size.height + plan.rowsPerStrip - 1) / plan.rowsPerStrip
        for _ in 0..<min(total, parallelFor == nil ? 1 : PNGFileWriter.batch) {
            guard let strip = PNGStrip(plan) else { throw .outOfMemory(operation: "writing a PNG", bytes: nil) }
            strips.append(strip)
        }
        strips[0].begin(after: nil)
        let colorTypes: [PNGHeader.ColorType] = [.gray, .grayAlpha, .rgb, .rgba]
        let colorType = options.palette == nil ? colorTypes[picture.layout.count - 1] : .palette
        let header =
            bigEndian(UInt32(picture.size.width)) + bigEndian(UInt32(picture.size.height))
            + [UInt8(options.bitDepth ?? 8 * picture.sampleType.byteCount), colorType.rawValue, 0, 0, 0]
        try output.put(PNGStructure.signature)
        try put(.ihdr, header)
        if let palette = options.palette {
            try put(.plte, palette.flatMap { [$0.red, $0.green, $0.blue] })
            // An international text without compression, language and translation.
            let names = palette.enumerated().map { "\($0.offset) \($0.element.name)" }.joined(separator: "\n")
            try put(.itxt, Array("Classes".utf8) + [0, 0, 0, 0, 0] + Array(names.utf8))
        }
    }

    func put(_ type: ChunkType, _ data: [UInt8]) throws(CodecError) { try output.put(encodedChunk(type, data)) }

    func write(rows: Int, from source: UnsafeRawPointer, bytesPerRow: Int) throws(CodecError) {
        for row in 0..<rows {
            strips[current].append(source + row * bytesPerRow, picture)
            rowsLeft -= 1
            guard strips[current].isFull || rowsLeft == 0 else { continue }
            if current + 1 < strips.count, rowsLeft > 0 {
                strips[current + 1].begin(after: strips[current])
                current += 1
            } else {
                try deflateBatch()
                strips[0].begin(after: strips[current])
                current = 0
            }
        }
    }

    /// IEND, and everything that is still in memory.
    func finish() throws(CodecError) {
        try put(.iend, [])
        try output.flush()
    }

    private func deflateBatch() throws(CodecError) {
        let strips = strips[...current]
        let isEnd = rowsLeft == 0
        let work: @Sendable (Int) -> Void = { index in
            strips[index].deflate(isLast: isEnd && index == strips.count - 1)
        }
        if let parallelFor, strips.count > 1 {
            do { try parallelFor(strips.count, work) } catch { throw .cancelled }
        } else {
            for index in strips.indices { work(index) }
        }
        for (index, strip) in strips.enumerated() {
            guard !strip.outputBytes.isEmpty else {
                throw .notEncodable(.png, reason: "deflating strip \(index) of its rows failed")
            }
            let filtered = strip.filteredBytes
            checksum = UInt32(libdeflate_adler32(checksum, filtered.baseAddress, filtered.count))
            let isLast = isEnd && index == strips.count - 1
            try putImageData(
                // A window of 32 KiB; the second byte makes the two divisible by 31.
                before: hasImageData ? [] : [0x78, 0x9c], strip.outputBytes, after: isLast ? bigEndian(checksum) : [])
            hasImageData = true
        }
    }

    private func putImageData(before: [UInt8], _ data: UnsafeRawBufferPointer, after: [UInt8]) throws(CodecError) {
        let head = ChunkType.idat.bytes + before
        var crc = libdeflate_crc32(0, head, head.count)
        crc = libdeflate_crc32(crc, data.baseAddress, data.count)
        if !after.isEmpty { crc = libdeflate_crc32(crc, after, after.count) }
        try output.put(bigEndian(UInt32(before.count + data.count + after.count)) + head)
        try output.put(data)
        try output.put(after + bigEndian(crc))
    }
}
