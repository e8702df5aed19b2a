import Raster

extension ImageMetadata {
    /// The segments to write into a JPEG of `picture`, without density, which the encoder takes from `density`. Segments
    /// from a JPEG stay byte for byte.
    func segments(for picture: DecodedFormat) -> [JPEGSegment] {
        entries.flatMap { entry -> [JPEGSegment] in
            guard entry.kind != .density, case .segments(let segments) = entry.source else { return [] }
            return segments
        }
    }
}
