import Codecs
import Foundation
import Raster

/// A small picture for a page: 8 bits, gray or RGB.
struct Thumbnail {
    let size: ImageSize
    /// 1 or 3.
    let channels: Int
    var samples: [UInt8]

    var longestSide: Int { max(size.width, size.height) }

    /// The picture with a longest side of at most `limit`; each pixel is the mean of those that it stands for.
    func reduced(toLongestSide limit: Int) -> Thumbnail {
        guard longestSide > limit else { return self }
        let scale = Double(longestSide) / Double(limit)
        let small = ImageSize(
            width: max(1, Int(Double(size.width) / scale)), height: max(1, Int(Double(size.height) / scale)))
        var result = Thumbnail(
            size: small, channels: channels, samples: [UInt8](repeating: 0, count: small.pixelCount * channels))
        for y in 0..<small.height {
            let rows = Self.share(y, of: size.height, in: small.height)
            for x in 0..<small.width {
                let columns = Self.share(x, of: size.width, in: small.width)
                for c in 0..<channels {
                    var sum = 0
                    for row in rows {
                        for column in columns { sum += Int(samples[(row * size.width + column) * channels + c]) }
                    }
                    let count = rows.count * columns.count
                    result.samples[(y * small.width + x) * channels + c] = UInt8((sum + count / 2) / count)
                }
            }
        }
        return result
    }

    private static func share(_ index: Int, of count: Int, in parts: Int) -> Range<Int> {
        let start = index * count / parts
        return start..<max(start + 1, (index + 1) * count / parts)
    }

    /// The middle of the picture, at most `side` pixels wide and high, and where it begins.
    func middle(side: Int) -> (Thumbnail, x: Int, y: Int) {
        let small = ImageSize(width: min(side, size.width), height: min(side, size.height))
        let (left, top) = ((size.width - small.width) / 2, (size.height - small.height) / 2)
        var result = Thumbnail(size: small, channels: channels, samples: [])
        result.samples.reserveCapacity(small.pixelCount * channels)
        for y in top..<top + small.height {
            let start = (y * size.width + left) * channels
            result.samples += samples[start..<start + small.width * channels]
        }
        return (result, left, top)
    }

    /// The picture as a `data:` address: a JPEG of the quality, or a PNG without loss.
    func dataAddress(quality: Int?) throws -> String {
        let file = try TemporaryFile()
        let encoder = try ImageEncoder(
            descriptor: file.descriptor, format: quality == nil ? .png : .jpeg, size: size,
            layout: channels == 1 ? .gray : .rgb, sampleType: .uint8,
            options: EncodeOptions(quality: quality ?? 90, optimizeCoding: true, compression: 6))
        try samples.withUnsafeBytes {
            try encoder.write(rows: size.height, from: $0.baseAddress!, bytesPerRow: size.width * channels)
        }
        try encoder.finish()
        let bytes = try file.contents()
        return "data:image/\(quality == nil ? "png" : "jpeg");base64,\(Data(bytes).base64EncodedString())"
    }
}
