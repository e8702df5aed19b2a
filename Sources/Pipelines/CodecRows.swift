import Codecs
import Dataflow
import Glibc
import Raster

/// The rows of a decoder as a source of a graph.
final class DecoderRows: RowSource {
    /// nil where the plan reads no row of this source.
    let decoder: ImageDecoder?
    private let step: String
    /// Where rows go that are read only because the decoder must not pass over them.
    private let discarded: [UInt8]?
    private let conversion: ColorConversion?
    private let width: Int

    /// - `format`: what the decoder delivers.
    /// - `skips`: whether the decoder may pass over rows.
    /// - `conversion`: what is done with the samples before anybody sees them.
    init(
        _ decoder: ImageDecoder?, _ format: DecodedFormat?, skips: Bool, conversion: ColorConversion?, step: String
    ) {
        self.decoder = decoder
        self.conversion = conversion
        width = format?.size.width ?? 0
        self.step = step
        discarded = skips ? nil : [UInt8](repeating: 0, count: format?.bytesPerRow ?? 0)
    }

    var warnings: [String] { decoder?.warnings.map(\.text) ?? [] }

    func read(rows: Int, into rowStart: UnsafeMutableRawPointer, bytesPerRow: Int) throws {
        do {
            try decoder?.read(rows: rows, into: rowStart, bytesPerRow: bytesPerRow)
            conversion?.convert(rows: rows, pixelsPerRow: width, in: rowStart, bytesPerRow: bytesPerRow)
        } catch {
            throw PictureError(error, step: step)
        }
    }

    func skip(rows: Int) throws {
        do {
            guard var discarded else { return try decoder?.skip(rows: rows) ?? () }
            for _ in 0..<rows { try decoder?.read(rows: 1, into: &discarded, bytesPerRow: discarded.count) }
        } catch {
            throw PictureError(error, step: step)
        }
    }

    func finish() throws {
        do { try decoder?.finish() } catch { throw PictureError(error, step: step) }
    }
}

/// An encoder as a sink of a graph; without one the rows are computed for nothing, for an output that is left out.
final class EncoderRows: RowSink {
    private let encoder: ImageEncoder?
    private let step: String
    private let conversion: ColorConversion?
    /// A row on its way through the conversion.
    private var converted: [UInt8] = []
    private var width = 0

    /// - `converted`: the rows are converted to sRGB before they are written.
    init(
        _ encoder: ImageEncoder?, step: String, converted: (conversion: ColorConversion, picture: DecodedFormat)? = nil
    ) {
        self.encoder = encoder
        self.step = step
        conversion = converted?.conversion
        if let picture = converted?.picture {
            self.converted = [UInt8](repeating: 0, count: picture.bytesPerRow)
            width = picture.size.width
        }
    }

    var warnings: [String] { encoder?.warnings.map(\.text) ?? [] }

    func write(rows: Int, from rowStart: UnsafeRawPointer, bytesPerRow: Int) throws {
        do {
            guard let conversion else {
                try encoder?.write(rows: rows, from: rowStart, bytesPerRow: bytesPerRow)
                return
            }
            for row in 0..<rows {
                let source = rowStart + row * bytesPerRow
                converted.withUnsafeMutableBytes {
                    conversion.convert(pixels: width, from: source, to: $0.baseAddress!)
                }
                try encoder?.write(rows: 1, from: converted, bytesPerRow: converted.count)
            }
        } catch {
            throw PictureError(error, step: step)
        }
    }

    func finish() throws {
        do { try encoder?.finish() } catch { throw PictureError(error, step: step) }
    }
}

/// Writes every byte, whatever the system takes at a time.
func writeAll(_ bytes: [UInt8], to descriptor: Int32, step: String) throws(PictureError) {
    var start = 0
    while start < bytes.count {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + start, bytes.count - start) }
        if count < 0 {
            if errno == EINTR { continue }
            throw PictureError(CodecError.io(operation: "write", errno: errno), step: step)
        }
        start += count
    }
}
