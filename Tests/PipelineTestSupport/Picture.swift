import Codecs
import Foundation
import Raster

/// A small 8-bit picture in memory, interleaved.
package struct Picture: Equatable {
    package var width: Int
    package var height: Int
    package var layout: ChannelLayout
    package var samples: [UInt8]

    package init(
        _ width: Int, _ height: Int, _ layout: ChannelLayout, _ sample: (_ x: Int, _ y: Int, _ channel: Int) -> Int
    ) {
        self.width = width
        self.height = height
        self.layout = layout
        samples = []
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<layout.count { samples.append(UInt8(sample(x, y, channel))) }
            }
        }
    }

    /// Samples without any order; the same for the same seed.
    package static func random(_ width: Int, _ height: Int, _ layout: ChannelLayout, seed: UInt64 = 1) -> Picture {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        return Picture(width, height, layout) { _, _, _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 56)
        }
    }

    package subscript(x: Int, y: Int, channel: Int = 0) -> Int {
        Int(samples[(y * width + x) * layout.count + channel])
    }

    /// Correlation with replicated borders in doubles, rounded to the nearest, halves away from zero, and clipped.
    package func correlated(_ kernel: [[Double]], divisor: Double = 1, offset: Double = 0) -> Picture {
        let (rows, columns) = (kernel.count, kernel[0].count)
        return Picture(width, height, layout) { x, y, channel in
            var sum = 0.0
            for i in 0..<rows {
                for j in 0..<columns {
                    let row = min(max(y + i - rows / 2, 0), height - 1)
                    let column = min(max(x + j - columns / 2, 0), width - 1)
                    sum += kernel[i][j] * Double(self[column, row, channel])
                }
            }
            return Int(min(max((sum / divisor + offset).rounded(.toNearestOrAwayFromZero), 0), 255))
        }
    }

    package func write(to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        let encoder = try ImageEncoder(
            descriptor: descriptor, format: .png, size: ImageSize(width: width, height: height), layout: layout,
            sampleType: .uint8)
        try samples.withUnsafeBytes {
            try encoder.write(rows: height, from: $0.baseAddress!, bytesPerRow: width * layout.count)
        }
        try encoder.finish()
    }

    package init(contentsOf path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        let decoder = try ImageDecoder(descriptor: descriptor)
        let format = try decoder.start()
        var samples = [UInt8](repeating: 0, count: format.bytesPerRow * format.size.height)
        try samples.withUnsafeMutableBytes {
            try decoder.read(rows: format.size.height, into: $0.baseAddress!, bytesPerRow: format.bytesPerRow)
        }
        try decoder.finish()
        (width, height, layout) = (format.size.width, format.size.height, format.layout)
        self.samples = samples
    }
}
