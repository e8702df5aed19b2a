import CDeflate

/// Deflates one piece of a stream after the other, each by itself.
final class Deflater {
    private enum Way {
        case quick(QuickDeflate)
        case library(OpaquePointer)
    }

    private let way: Way

    /// Level 1 is ours, all others are libdeflate's. Nil when memory is short.
    init?(level: Int) {
        if level == 1 {
            way = .quick(QuickDeflate())
        } else {
            guard let compressor = libdeflate_alloc_compressor(Int32(level)) else { return nil }
            way = .library(compressor)
        }
    }

    deinit {
        if case .library(let compressor) = way { libdeflate_free_compressor(compressor) }
    }

    /// Bytes that `deflate` may write.
    func bound(_ count: Int) -> Int {
        switch way {
        case .quick: QuickDeflate.bound(count)
        // Room for the empty block that ends a piece on a whole byte, and for reading eight bytes at once.
        case .library(let compressor): libdeflate_deflate_compress_bound(compressor, count) + 16
        }
    }

    /// - `isLast`: whether the stream ends; else another piece may follow.
    /// - Returns: the bytes written; 0 when libdeflate fails.
    func deflate(
        _ source: UnsafePointer<UInt8>, count: Int, to output: UnsafeMutablePointer<UInt8>, capacity: Int, isLast: Bool
    ) -> Int {
        switch way {
        case .quick(let quick): return quick.deflate(source, count: count, to: output, isLast: isLast)
        case .library(let compressor):
            let size = libdeflate_deflate_compress(compressor, source, count, output, capacity - 16)
            return size == 0 || isLast ? size : Self.openEnd(output, size)
        }
    }

    /// Makes a stream that another can follow: its last block is no longer the last, and an empty stored block, whose
    /// content begins on a whole byte, comes behind it.
    private static func openEnd(_ output: UnsafeMutablePointer<UInt8>, _ size: Int) -> Int {
        guard let last = DeflateBlocks.last(in: output, count: size) else { return 0 }
        output[last.start >> 3] &= ~(1 << UInt8(last.start & 7))
        let byte = last.end >> 3
        if last.end & 7 == 0 { output[byte] = 0 } else { output[byte] &= 1 << UInt8(last.end & 7) - 1 }
        var end = (last.end + 3 + 7) >> 3
        if end > byte + 1 { output[byte + 1] = 0 }
        for value: UInt8 in [0, 0, 0xff, 0xff] {
            output[end] = value
            end += 1
        }
        return end
    }
}
