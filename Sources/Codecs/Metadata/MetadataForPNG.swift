import Raster

/// A chunk to be written.
struct PNGChunk: Sendable, Equatable {
    var type: ChunkType
    var data: [UInt8]
    var afterImage: Bool
}

extension ImageMetadata {
    /// The chunks to write into a PNG of `picture`. Chunks from a PNG stay byte for byte.
    func chunks(for picture: DecodedFormat) -> [PNGChunk] {
        entries.compactMap { entry in
            switch entry.source {
            case .chunk(let type, let data, let afterImage):
                PNGChunk(type: type, data: data, afterImage: afterImage)
            case .segments: nil
            }
        }
    }
}
