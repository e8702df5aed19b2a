import Foundation
import Testing

/// Files to work on, made once by the sample program.
enum Pictures {
    static let jpeg = make("jpg", 96, 64, 1)
    static let png = make("png", 96, 64, 2)

    /// A PNG with a content of its own for each number.
    static func png(_ number: Int) -> Data { make("png", 24, 16, 1000 + number) }

    private static func make(_ ending: String, _ width: Int, _ height: Int, _ sky: Int) -> Data {
        let folder = try! Folder()
        let arguments = ["sample.\(ending)", "\(width)x\(height)", "\(sky)"].map { Array($0.utf8) }
        let result = try! Program.samplePicture.start(arguments, in: folder).wait()
        precondition(result.status == 0, result.errors)
        return try! folder.data("sample.\(ending)")
    }
}
