console.log("reporter");
