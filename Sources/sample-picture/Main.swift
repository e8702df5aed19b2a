import Codecs
import Glibc
import Raster

/// Writes the sample picture: `sample-picture FILE [WIDTHxHEIGHT [SKY]]`, 640x400 under sky 0 by default. The name's
/// ending, .png or .jpg, decides about the format; each number of a sky has clouds of its own.
@main
enum Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard (1...3).contains(arguments.count), let format = format(of: arguments[0]),
            let size = size(of: arguments.count > 1 ? arguments[1] : "640x400"),
            let sky = Int(arguments.count > 2 ? arguments[2] : "0"), sky >= 0
        else {
            leave("usage: sample-picture FILE.png|FILE.jpg [WIDTHxHEIGHT [SKY]]", 64)
        }
        let path = arguments[0]
        let samples = SamplePicture(width: size.width, height: size.height, sky: sky).rgb()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { leave("\(path): \(String(cString: strerror(errno)))", 3) }
        do throws(CodecError) {
            let encoder = try ImageEncoder(
                descriptor: descriptor, format: format, size: size, layout: .rgb, sampleType: .uint8)
            try samples.withUnsafeBufferPointer { bytes throws(CodecError) in
                try encoder.write(rows: size.height, from: bytes.baseAddress!, bytesPerRow: size.width * 3)
            }
            try encoder.finish()
        } catch {
            leave("\(path): \(error.message)", 3)
        }
        guard close(descriptor) == 0 else { leave("\(path): \(String(cString: strerror(errno)))", 3) }
    }

    private static func format(of path: String) -> ImageFormat? {
        if path.hasSuffix(".png") { return .png }
        return path.hasSuffix(".jpg") || path.hasSuffix(".jpeg") ? .jpeg : nil
    }

    private static func size(of text: String) -> ImageSize? {
        let sides = text.split(separator: "x").map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1],
            (1...20_000).contains(width), (1...20_000).contains(height)
        else { return nil }
        return ImageSize(width: width, height: height)
    }

    private static func leave(_ message: String, _ code: Int32) -> Never {
        let text = Array((message + "\n").utf8)
        _ = write(2, text, text.count)
        exit(code)
    }
}
