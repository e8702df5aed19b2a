import CDeflate

/// Whole zlib streams, for metadata.
enum Deflate {
    enum Failure: Error { case tooLarge, malformed }

    /// For streams whose length was held against `DecodeLimits.inflatedMetadataBytes` when the file was read.
    static let checkedLimit = 1 << 30

    /// - Throws: `.tooLarge` when more than `limit` bytes come out, before they take memory beyond that.
    static func inflate(_ bytes: some Collection<UInt8>, limit: Int) throws(Failure) -> [UInt8] {
        let input = Array(bytes)
        guard limit > 0 else { throw .tooLarge }
        guard let decompressor = libdeflate_alloc_decompressor() else { throw .tooLarge }
        defer { libdeflate_free_decompressor(decompressor) }
        var capacity = min(limit, max(64 << 10, 8 * input.count))
        while true {
            let space = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
            defer { space.deallocate() }
            var count = 0
            switch libdeflate_zlib_decompress(decompressor, input, input.count, space.baseAddress, capacity, &count) {
            case LIBDEFLATE_SUCCESS: return Array(space[0..<count])
            case LIBDEFLATE_INSUFFICIENT_SPACE where capacity < limit: capacity = min(limit, 8 * capacity)
            case LIBDEFLATE_INSUFFICIENT_SPACE: throw .tooLarge
            default: throw .malformed
            }
        }
    }

    /// Nil when memory is short.
    static func deflate(_ bytes: [UInt8]) -> [UInt8]? {
        guard let compressor = libdeflate_alloc_compressor(6) else { return nil }
        defer { libdeflate_free_compressor(compressor) }
        let bound = libdeflate_zlib_compress_bound(compressor, bytes.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = libdeflate_zlib_compress(compressor, bytes, bytes.count, buffer.baseAddress, bound)
        }
    }
}
