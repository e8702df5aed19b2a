import Foundation
import Testing

@Suite("A preview is one page that needs nothing else")
struct PreviewTests {
    let folder = try! Folder()

    private func page() throws -> String {
        try folder.write("photo.jpg", Pictures.jpeg)
        let result = try Program.svertka.run(
            "preview", Checkout.pipeline("sobel-magnitude"), "photo.jpg", "--output", "page.html", in: folder)
        #expect(result.status == 0, "\(result.errors)")
        return String(decoding: try folder.data("page.html"), as: UTF8.self)
    }

    @Test func everyStepHasItsPictureItsHistogramAndItsTime() throws {
        let page = try page()
        #expect(page.utf8.count < 5_000_000)
        #expect(page.matches(of: /<section id="step-\d+"/).count == 6)
        #expect(page.matches(of: /<figure data-value/).count == 5, "decode, gray, two convolutions, combine")
        #expect(page.matches(of: /class="histogram"/).count == 5)
        #expect(page.matches(of: /class="kernel"/).count == 2)
        #expect(page.matches(of: /<h2>.* ms<\/span><\/h2>/).count == 6)
        #expect(page.contains("&quot;border&quot;:&quot;replicate&quot;"), "the keys with their defaults")
        #expect(page.matches(of: /whole range/).count == 3, "both gradients and their magnitude leave 0…255")
    }

    @Test func nothingIsLoadedFromElsewhere() throws {
        let page = try page()
        for match in page.matches(of: /(?:src|href)="([^"]{0,40})/) { #expect(match.1.hasPrefix("data:image/")) }
        #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("@import"))
    }

    /// The picture after a step without any is the one before it, sample by sample: a small picture is there in PNG.
    @Test func theTruePixelsAreThoseOfThePicture() throws {
        try folder.write("photo.png", Pictures.png)
        try folder.write(
            "same.json",
            #"{ "version": 1, "steps": [{ "op": "decode" }, { "op": "convolve", "kernel": "identity" }, { "op": "encode" }] }"#
        )
        let result = try Program.svertka.run(
            "preview", "same.json", "photo.png", "--output", "page.html", in: folder)
        #expect(result.status == 0, "\(result.errors)")
        let page = String(decoding: try folder.data("page.html"), as: UTF8.self)
        let pictures = page.matches(of: /data:image\/png;base64,([A-Za-z0-9+\/=]+)/).map { String($0.1) }
        #expect(pictures.count == 2 && pictures[0] == pictures[1])
        try folder.write("shown.png", try #require(Data(base64Encoded: pictures[0])))
        let again = try Program.svertka.run(
            "run", "same.json", "photo.png", "shown.png", "--output", "out", in: folder)
        #expect(again.status == 0, "\(again.errors)")
    }

    @Test func placesOfAPatternAreDrawnIntoThePictureThatWasSearched() throws {
        let result = try Program.svertka.run(
            "preview", Checkout.pipeline("find-pattern"), "\(Checkout.path)/docs/images/sample.jpg", "--output",
            "page.html", in: folder)
        #expect(result.status == 0, "\(result.errors)")
        let page = String(decoding: try folder.data("page.html"), as: UTF8.self)
        #expect(page.matches(of: /<rect x="[0-9.]+" y="[0-9.]+" width="11.0" height="6.0"\/>/).count == 7)
        #expect(page.contains("<figcaption>7 places</figcaption>"))
    }

    @Test(arguments: ["missing.jpg", "broken.jpg"])
    func aPictureThatCannotBeReadIsTold(_ name: String) throws {
        try folder.write("broken.jpg", Pictures.jpeg.prefix(60))
        let result = try Program.svertka.run(
            "preview", Checkout.pipeline("edges"), name, "--output", "page.html", in: folder)
        #expect(result.status == 1 && result.errors.contains(name) && result.errors.contains("hint"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/page.html"))
    }

    @Test func aBrowserPutsThePicturesInTheirPlaces() throws {
        guard let browser = ["/usr/bin/chromium", "/usr/bin/google-chrome"].first(where: access) else {
            print("skipped: no Chromium")
            return
        }
        _ = try page()
        let result = try Program(path: browser).run(
            "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=390,800", "--virtual-time-budget=2000",
            "--user-data-dir=\(folder.path)/profile", "--dump-dom", "file://\(folder.path)/page.html", in: folder)
        // One picture for each value, and one more before each step that reads one.
        #expect(result.output.matches(of: /class="layer/).count == 9, "\(result.errors)")
        #expect(result.output.matches(of: /scale\(\d/).count == 9)
    }

    private func access(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }
}
